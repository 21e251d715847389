"""A generator that is a program, plugins of kustomize's own that read elsewhere, links out, a program that puts a line in."""

import os

from tricks import OUTSIDE, commit, field_program, script, write

script("k8s/plugin/generator", "generator", "exit 0")
write(
    "k8s/plugin/generator.yml",
    "apiVersion: x/v1\nkind: Generator\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n"
    "      exec: {path: ./generator}\n",
)
for kind, fields in {
    "PatchTransformer": "path: ../../outside/victim",
    "PatchJson6902Transformer": "path: /etc/passwd\ntarget: {version: v1, kind: Secret, name: x}",
    "PatchStrategicMergeTransformer": "paths: [../../outside/victim]",
    "ConfigMapGenerator": "files: [/etc/passwd]",
    "SecretGenerator": "envs: [../../outside/victim]",
    "ReplacementTransformer": "replacements: [{path: ../../outside/victim}]",
    "HelmChartInflationGenerator": "name: x\nrepo: http://127.0.0.1:1/",
    "IAMPolicyGenerator": "cloud: gke",
    "Unknown": "path: x",
}.items():
    write(f"k8s/plugin/{kind}.yml", f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: x}}\n{fields}\n")
write("k8s/deep/kustomization.yaml", "resources: [deeper]\n")
write("k8s/deep/deeper/kustomization.yaml", "configMapGenerator: [{name: x, files: [a=../../../../outside/victim]}]\n")
os.symlink(OUTSIDE, "k8s/out")
os.symlink(f"{OUTSIDE}/victim", "k8s/victim.yml")
field_program()
commit()
