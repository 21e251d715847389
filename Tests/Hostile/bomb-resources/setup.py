"""A program that makes trees of kustomizations."""

from tricks import commit, write

write(
    "tree.py",
    """
import os, sys

def kustomization(folder, *resources):
    os.makedirs(folder, exist_ok=True)
    with open(folder + "/kustomization.yml", "w") as file:
        file.write("resources:\\n" + "".join(f"  - {name}\\n" for name in resources) + "components: []\\n")

kind = sys.argv[1]
with open("k8s/kustomization.yml") as file:
    text = file.read()
with open("k8s/kustomization.yml", "w") as file:
    file.write(text.replace("resources:\\n", "resources:\\n  - base\\n", 1))
if kind == "cycle":
    kustomization("k8s/base", "../other")
    kustomization("k8s/other", "../base", "../../k8s")
elif kind == "self":
    kustomization("k8s/base", ".", "./", "../base", "./././")
elif kind == "fan":
    kustomization("k8s/base", "../f0", "../f0/")
    for number in range(25):
        kustomization(f"k8s/f{number}", f"../f{number + 1}", f"../f{number + 1}/.", f".//../f{number + 1}")
    kustomization("k8s/f25")
elif kind == "up":
    kustomization("k8s/base", "../../../../../../../..", "/", "../../outside", "../..")
elif kind == "link":
    os.makedirs("k8s/base")
    os.symlink(".", "k8s/base/l")
    kustomization("k8s/base", *("l/" * n for n in range(1, 200)))
elif kind == "many":
    kustomization("k8s/base", *(f"missing{n}.yml" for n in range(30_000)))
""",
)
commit()
