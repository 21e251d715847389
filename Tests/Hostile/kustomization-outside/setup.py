"""A generator that is a program, links out, and a program that puts a line in."""

import os

from tricks import OUTSIDE, commit, script, write

script("k8s/plugin/generator", "generator", "exit 0")
write(
    "k8s/plugin/generator.yml",
    "apiVersion: x/v1\nkind: Generator\nmetadata:\n  name: x\n  annotations:\n    config.kubernetes.io/function: |\n"
    "      exec: {path: ./generator}\n",
)
os.symlink(OUTSIDE, "k8s/out")
os.symlink(f"{OUTSIDE}/victim", "k8s/victim.yml")
write(
    "line.py",
    "import sys\npath = 'k8s/kustomization.yml'\ntext = open(path).read()\nname = sys.argv[1].split(':')[0]\n"
    "line = sys.argv[1]\n"
    "if name == 'resources':\n"
    "    more = line.split('[', 1)[1].rsplit(']', 1)[0].split(', ')\n"
    "    text = text.replace('resources:\\n', 'resources:\\n' + ''.join(f'  - {word}\\n' for word in more), 1)\n"
    "else:\n    text += line + '\\n'\n"
    "open(path, 'w').write(text)\n",
)
commit()
