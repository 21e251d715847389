"""A program that plants the journal that it is asked for, in the git directory, which is not committed."""

import os

from tricks import OUTSIDE, commit, git, write

PLANT = '''
import hashlib, os, sys
name, content = sys.argv[1], b"[core]\\n\\tfsmonitor = true\\n"
folder = ".git/moltseal/workspace"
os.makedirs(folder)
for path in (".git/moltseal", folder):
    os.chmod(path, 0o700)
digest = "sha256:" + hashlib.sha256(content).hexdigest()
old = "-"
if os.path.isfile(name):
    with open(name, "rb") as file:
        old = "sha256:" + hashlib.sha256(file.read()).hexdigest()
with open(folder + "/journal", "w") as file:
    file.write(f"moltseal journal 1\\nfile 420 {old} {digest} {name}\\nend\\n")
with open(folder + "/old-0", "wb") as file:
    file.write(content)
parent, _, last = name.rpartition("/")
try:
    with open(os.path.join(parent or ".", f".{last}.moltseal-new"), "wb") as file:
        file.write(content)
except OSError:
    pass
'''
write("plant.py", PLANT)
git("init", "-q", "--bare", "--template=", "bare")
write("bare/refs/keep", "")
os.symlink(OUTSIDE, "link")
os.symlink(".git", "linkgit")
commit()
