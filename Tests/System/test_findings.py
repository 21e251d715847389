"""Every code of docs/findings.md has a case that has it, and a similar tree or object that does not.

The codes of the comparison of builds are in RulesTests, on builds in memory; the others are here, with the binary.
"""

from __future__ import annotations

import json
import re
import shutil
import unittest
from collections.abc import Callable
from pathlib import Path

import yaml

import oracle
from test_verify import seal, sealed
from workspace import REPOSITORY, TestCase, Workspace, copy_small, throwaway_key

KUSTOMIZATION = "k8s/kustomization.yml"
#: Codes that are tested elsewhere, and where.
ELSEWHERE = {
    "build-differs": "BuildComparisonTests", "secret-lost": "BuildComparisonTests", "secret-left": "BuildComparisonTests",
    "keys-lost": "BuildComparisonTests", "metadata-lost": "BuildComparisonTests", "reference-lost": "BuildComparisonTests",
    "reference-appears": "BuildComparisonTests", "sealed-changed": "BuildComparisonTests",
    "other-build-changes": "adopt-live-fixed.txtar", "not-read": "test_controller.py", "cannot-be-opened": "verify.txtar", "value-of-type": "value-rules.txtar",
    "accept-unused": "check-accept.txtar", "cannot-be-read": "check-accept.txtar", "loosened": "check-base.txtar",
}  # fmt: skip

Edit = Callable[[Path], None]


def put(name: str, text: str) -> Edit:
    """Writes a file."""
    def edit(root: Path) -> None:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return edit


def sub(name: str, old: str, new: str) -> Edit:
    """Replaces a text that occurs once in a file."""
    def edit(root: Path) -> None:
        text = (root / name).read_text()
        assert text.count(old) >= 1, (name, old)
        (root / name).write_text(text.replace(old, new, 1))
    return edit


def resource(text: str) -> list[Edit]:
    """Adds a resource to the kustomization."""
    return [put("k8s/more.yml", text), sub(KUSTOMIZATION, "  - db.yml\n", "  - db.yml\n  - more.yml\n")]


def deployment(extra: str, kind: str = "Deployment", spec: str = "") -> str:
    """A workload with a sealed Secret."""
    return (
        f"apiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: more{extra}}}\nspec:\n  selector: {{matchLabels: {{a: b}}}}\n{spec}"
        "  template:\n    metadata: {labels: {a: b}}\n    spec:\n      containers:\n"
        "        - {name: c, image: c:1, envFrom: [{secretRef: {name: app}}]}\n"
    )


CLUSTER = "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {{name: pg}}\nspec: {{{}}}\n"
BASE = "k8s/base/kustomization.yaml"


def base(text: str, use: str = "base") -> list[Edit]:
    """Adds a base to the kustomization."""
    return [put(BASE, text), sub(KUSTOMIZATION, "  - db.yml\n", f"  - db.yml\n  - {use}\n")]


#: The edits before the cutover, for each code that `check` reports for a workspace.
BEFORE: dict[str, list[Edit]] = {
    "missing-resource": [sub(KUSTOMIZATION, "  - db.yml", "  - db.yml\n  - gone.yml")],
    "generator-without-template": [sub(KUSTOMIZATION, "secretGenerator:\n", "secretGenerator:\n  - {name: more, literals: [a=b]}\n")],
    "generator-merges-base": [sub(KUSTOMIZATION, "  - name: app\n", "  - name: app\n    behavior: merge\n")],
    "secret-still-referenced": [
        sub(KUSTOMIZATION, "generatorOptions:", "vars:\n  - {name: V, objref: {kind: Secret, name: app, apiVersion: v1}}\ngeneratorOptions:")
    ],
    "secret-maybe-referenced": [
        sub(KUSTOMIZATION, "generatorOptions:", "patches:\n  - {target: {kind: Secret, name: a.*}, patch: '[]'}\ngeneratorOptions:")
    ],
    "key-not-in-template": [sub(KUSTOMIZATION, "      - SIGNING_KEY=changeme", "      - SIGNING_KEY=changeme\n      - MORE=x")],
    "plain-secret": resource("apiVersion: v1\nkind: Secret\nmetadata: {name: more}\nstringData: {a: hunter22}\n"),
    "generator-plugin": [put("k8s/g.yml", "apiVersion: x/v1\nkind: G\nmetadata: {name: g}\n"), sub(KUSTOMIZATION, "resources:", "generators: [g.yml]\nresources:")],
    "chart-not-read": [sub(KUSTOMIZATION, "resources:", "helmCharts: [{name: c, repo: https://charts.example.org}]\nresources:")],
    "already-there": resource("apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: app, namespace: demo}\nspec: {encryptedData: {a: AgAA}}\n"),
    "type-would-change": [sub(KUSTOMIZATION, "type: kubernetes.io/basic-auth", "type: Opaque")],
    "not-managed": [sub(KUSTOMIZATION, '        sealedsecrets.bitnami.com/managed: "true"\n', '        other: "true"\n'), sub("moltseal.yml", "deployed: false", "deployed: true")],
    "job-cannot-roll": resource(deployment("", "Job").replace("apps/v1", "batch/v1").replace("  selector: {matchLabels: {a: b}}\n", "")),
    "cannot-roll": resource(deployment("", spec="  paused: true\n")),
    "image-moves": [sub("k8s/app.yml", "example.com/app:1", "example.com/app:latest")],
    "remote-base": [sub(KUSTOMIZATION, "  - db.yml", "  - db.yml\n  - https://github.com/o/r//b?ref=v1")],
    "build-remote": [sub(KUSTOMIZATION, "  - db.yml", "  - db.yml\n  - https://github.com/o/r//b?ref=v1")],
    "build-leaves": [sub(KUSTOMIZATION, "  - db.yml", "  - db.yml\n  - ../../elsewhere")],
    # A tree that doubles at each level.
    "build-too-large": [
        sub(KUSTOMIZATION, "  - db.yml", "  - db.yml\n  - d0"),
        *(put(f"k8s/d{n}/kustomization.yaml", f"resources: [../d{n + 1}, ../e{n}]\n") for n in range(16)),
        *(put(f"k8s/e{n}/kustomization.yaml", f"resources: [../d{n + 1}]\n") for n in range(16)),
        put("k8s/d16/kustomization.yaml", "resources: []\n"),
    ],
    "outside-workspace": [sub(KUSTOMIZATION, "  - db.yml", "  - db.yml\n  - ../../elsewhere")],
    "unknown-kept-generator": [sub("moltseal.yml", "    certificate:", "    keepGenerators: [nothing]\n    certificate:")],
    "name-would-change": [
        put(BASE, "nameSuffix: -x\nkind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n"),
        sub(KUSTOMIZATION, "resources:", "components: [base]\nresources:"),
    ],
    "namespace-would-change": [
        put(BASE, "namespace: other\nkind: Component\napiVersion: kustomize.config.k8s.io/v1alpha1\n"),
        sub(KUSTOMIZATION, "resources:", "components: [base]\nresources:"),
    ],
    "cannot-be-built": [sub(KUSTOMIZATION, "  - db.yml", "  - db.yml\n  - ./gone")],
    "build-unknown": [sub(KUSTOMIZATION, "resources:", "resourcez: [x]\nresources:")],
    "reference-dangles": resource(deployment("").replace("{name: app}", "{name: nowhere}")),
    "key-dangles": resource(deployment("").replace("envFrom: [{secretRef: {name: app}}]", "env: [{name: A, valueFrom: {secretKeyRef: {name: db, key: q}}}]")),
    "cnpg-credentials": resource(CLUSTER.format("superuserSecret: {name: app}, enableSuperuserAccess: true")),
    "cnpg-reload": resource(CLUSTER.format("superuserSecret: {name: db}, enableSuperuserAccess: true")),
    "cnpg-superuser": resource(CLUSTER.format("superuserSecret: {name: db}")),
    "cnpg-owner-managed": resource(CLUSTER.format("bootstrap: {initdb: {owner: o}}, managed: {roles: [{name: o}]}")),
    "certificate-refused": [put("prod.pem", "no certificate\n")],
    "adoption-open": [
        sub(KUSTOMIZATION, '        sealedsecrets.bitnami.com/managed: "true"\n', '        sealedsecrets.bitnami.com/managed: "true"\n        argocd.argoproj.io/sync-options: Prune=false\n        argocd.argoproj.io/compare-options: IgnoreExtraneous\n        kustomize.toolkit.fluxcd.io/prune: disabled\n'),
    ],
}  # fmt: skip

#: The same after the cutover.
AFTER: dict[str, list[Edit]] = {
    "built-name-differs": [sub(KUSTOMIZATION, "namespace: demo", "namespace: demo\nnamePrefix: x-")],
    "no-rollout": resource(deployment("")),
    "sync-wave": resource(deployment(", annotations: {argocd.argoproj.io/sync-wave: '-5'}")),
    "not-as-planned": [sub("templates/app-template.yml", "LOG_LEVEL: info", "LOG_LEVEL: info\n  MORE: ${app-password}")],
}

#: What is wrong with one SealedSecret, by the code that `verify` reports.
OBJECTS: dict[str, dict] = {
    "api-version": {"apiVersion": "bitnami.com/v1"},
    "field-type": {"spec__template__type": 5},
    "stops-controller": {"spec__template__metadata__creationTimestamp": "soon"},
    "old-format": {"spec__data": "AgAA"},
    "no-items": {"spec__encryptedData": {}},
    "name": {"metadata__name": "UPPER"},
    "no-namespace": {"metadata__namespace": ""},
    "template-name": {"spec__template__metadata__name": "other"},
    "scope-annotation": {"spec__template__metadata__annotations": {"sealedsecrets.bitnami.com/cluster-wide": "true"}},
    "template-metadata": {"spec__template__metadata__labels": {"a": 5}},
    "template-type": {"spec__template__type": "kubernetes.io/tls"},
    "template-data": {"spec__template__data": {"a": "{{ .key"}},
    "template-without-effect": {"spec__template__data": {"key": "x{{ .key }}"}},
    "too-large": {"spec__encryptedData": {f"k{number}": seal(bytes(400_000)) for number in range(3)}},
    "never-updated": {"spec__template__metadata__annotations": {"sealedsecrets.bitnami.com/skip-set-owner-references": "true"}},
    "key-name": {"spec__encryptedData": {"no key": seal()}},
    "not-base64": {"spec__encryptedData": {"key": "!"}},
    "truncated": {"spec__encryptedData": {"key": seal()[:100]}},
    "resource-version": {"metadata__resourceVersion": "7"},
    "null-value": {"spec__encryptedData": {"key": seal(), "gone": None}},
    "empty-value": {"spec__encryptedData": {"key": seal(b"")}},
    "rsa-length": {"spec__encryptedData": {"key": "AIAA" + seal()[4:]}},
}  # fmt: skip


class Findings(TestCase):
    """The inventory and the cases."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.before = Workspace.small()
        cls.after = cls.before.clone()
        cls.after.run("rotate", "--env", "prod")
        cls.after.commit()

    @classmethod
    def tearDownClass(cls) -> None:
        cls.before.remove()
        cls.after.remove()

    def codes(self, workspace: Workspace, edits: list[Edit]) -> set[str]:
        """What `check` finds in an edited copy of a workspace."""
        copy = self.keep(workspace.clone())
        for edit in edits:
            edit(copy.root)
        ended = copy.run("check", "--format", "json", check=False)
        self.assertIn(ended.returncode, (0, 4), ended.stderr.decode())
        return {finding["code"] for finding in json.loads(ended.stdout)["findings"]}

    def test_workspaces(self) -> None:
        for workspace, cases in ((self.before, BEFORE), (self.after, AFTER)):
            control = self.codes(workspace, [])
            for code, edits in cases.items():
                with self.subTest(code):
                    self.assertNotIn(code, control)
                    self.assertIn(code, self.codes(workspace, edits))

    def verdicts(self, text: str, *options: str) -> set[str]:
        folder = self.keep(Workspace.bare(lambda root: (root / "one.yml").write_text(text))).root
        ended = self.before.run("verify", "--format", "json", *options, str(folder / "one.yml"), check=False)
        self.assertIn(ended.returncode, (0, 4), ended.stderr.decode())
        return {finding["code"] for one in json.loads(ended.stdout)["objects"] for finding in one["findings"]}

    def test_objects(self) -> None:
        self.assertEqual(self.verdicts(yaml.safe_dump(sealed())), set())
        for code, changes in OBJECTS.items():
            with self.subTest(code):
                self.assertIn(code, self.verdicts(yaml.safe_dump(sealed(**changes))))
        self.assertIn("structure", self.verdicts("kind: SealedSecret\n a: ["))
        self.assertIn("not-a-sealed-secret", self.verdicts("kind: ConfigMap\napiVersion: v1\n"))
        twice = seal()
        self.assertIn("repeated-ciphertext", self.verdicts(yaml.safe_dump(sealed(spec__encryptedData={"a": twice, "b": twice}))))
        # A number that no key with this modulus produces.
        high = "AQD" + "/" * 340 + seal()[343:]
        certificate = str(throwaway_key().certificate)
        self.assertIn("above-modulus", self.verdicts(yaml.safe_dump(sealed(spec__encryptedData={"key": high})), "--cert", certificate))
        self.assertNotIn("above-modulus", self.verdicts(yaml.safe_dump(sealed()), "--cert", certificate))

    def test_recorded(self) -> None:
        """What the lock file next to a sealed file records."""
        copy = self.keep(self.after.clone())
        path = copy.root / "k8s/secrets/app-sealedsecret.yml"
        def found(*options: str) -> set[str]:
            ended = copy.run("verify", "--format", "json", *options, "k8s/secrets/app-sealedsecret.yml", check=False)
            return {finding["code"] for one in json.loads(ended.stdout)["objects"] for finding in one["findings"]}
        self.assertEqual(found(), set())
        other = oracle.make_keypair(copy.base / "other")
        self.assertIn("other-key", found("--cert", str(other.certificate)))
        text = path.read_text()
        path.write_text(re.sub(r"(?m)^    LOG_LEVEL: .*", "    LOG_LEVEL: " + seal(), text))
        self.assertIn("not-as-recorded", found())

    def test_inventory(self) -> None:
        """No code is without a case."""
        text = (REPOSITORY / "Sources/Rules/FindingText.swift").read_text()
        codes = set(re.findall(r'(?m)^    "([a-z-]+)":', text))
        others = {"structure", "not-a-sealed-secret", "repeated-ciphertext", "above-modulus", "other-key", "not-as-recorded"}
        # Scripts of the command line that contain the code itself.
        scripts = {code for code in codes for script in (REPOSITORY / "Tests/Scripts").glob("*.txtar") if re.search(rf"\[{code}\\?\]|  {code}\b", script.read_text())}
        known = set(BEFORE) | set(AFTER) | set(OBJECTS) | set(ELSEWHERE) | others | scripts
        self.assertEqual(codes - known, set())
        for code, place in ELSEWHERE.items():
            files = [file for file in (REPOSITORY / "Tests").rglob(f"{place.split('.')[0]}.*") if file.is_file()]
            self.assertTrue(any(code in file.read_text() for file in files), f"{code} in {place}")


if __name__ == "__main__":
    unittest.main()
