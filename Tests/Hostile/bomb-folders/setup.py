"""Folders of plugins that name themselves and each other, and a program that makes a chain of folders."""

from tricks import commit, write

write("itself/kustomization.yml", "resources: [../itself]\n")
for number in range(40):
    write(f"double{number}/kustomization.yml", f"resources: [../double{number + 1}, ../double{number + 1}]\n")
write("double40/kustomization.yml", "resources: [a.yml]\n")
write("double40/a.yml", "apiVersion: builtin\nkind: HashTransformer\nmetadata: {name: x}\n")
write(
    "line.py",
    """
import os
import sys

name, value = sys.argv[1].split(": ")
for number in range(1200 if "chain" in value else 0):
    os.mkdir(f"chain{number}")
    with open(f"chain{number}/kustomization.yml", "w") as file:
        file.write(f"resources: [../chain{number + 1}]" if number < 1199 else "resources: []")
path = "k8s/kustomization.yml"
text = open(path).read()
if name == "resources":
    text = text.replace("resources:", f"resources:\\n  - {value}", 1)
else:
    text += f"{name}: [{value}]\\n"
open(path, "w").write(text)
""",
)
commit()
