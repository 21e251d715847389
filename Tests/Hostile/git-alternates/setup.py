"""Alternates into the tree, to a link out, to themselves, and to nowhere."""

import os
from pathlib import Path

from tricks import OUTSIDE, WORK, git, write

git("clone", "-q", "--bare", ".", "vendor/store.git")
write("vendor/store.git/objects/info/alternates", f"{WORK}/.git/objects\n../../vendor/store.git/objects\n")
os.symlink(OUTSIDE, "vendor/out")
write(".git/objects/info/alternates", f"{WORK}/vendor/store.git/objects\n{WORK}/vendor/out\n/dev/null\n/proc/self/fd\n")
tree = git("rev-parse", "HEAD^{tree}").strip()
Path(".git/objects", tree[:2], tree[2:]).unlink()
