"""A file that was replaced by a run, and an old copy that it never had."""

import os
from pathlib import Path

from tricks import OUTSIDE, digest, write

folder = ".git/moltseal/workspace"
new = Path("k8s/kustomization.yml").read_bytes()
old = Path(OUTSIDE, "victim").read_bytes()
line = f"file 420 {digest(old)} {digest(new)} k8s/kustomization.yml"
write(f"{folder}/journal", f"moltseal journal 1\n{line}\nend\n", 0o600)
os.symlink(f"{OUTSIDE}/victim", f"{folder}/old-0")
for path in (".git/moltseal", folder):
    os.chmod(path, 0o700)
