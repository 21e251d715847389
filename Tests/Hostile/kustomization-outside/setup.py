"""A generator that is a program, links out, and a program that puts a line in."""

import os

from tricks import OUTSIDE, commit, field_program, script, write

script("k8s/plugin/generator", "generator", "exit 0")
write(
    "k8s/plugin/generator.yml",
    "apiVersion: x/v1\nkind: Generator\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n"
    "      exec: {path: ./generator}\n",
)
os.symlink(OUTSIDE, "k8s/out")
os.symlink(f"{OUTSIDE}/victim", "k8s/victim.yml")
field_program()
commit()
