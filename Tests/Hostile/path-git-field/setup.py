"""Git directories: the repository's own, a bare one, one in a folder, and links to them."""

import os
import shutil
from pathlib import Path

from tricks import commit, git, name_controller, write

name_controller()
git("init", "-q", "--bare", "--template=", "bare")
write("bare/kustomization.yml", Path("k8s/kustomization.yml").read_text())
write("bare/hooks/keep", "")
write("bare/refs/keep", "")
git("init", "-q", "--bare", "--template=", "vendor/bare")
for folder in ("objects", "refs"):
    write(f"vendor/bare/{folder}/keep", "")
os.symlink(".git", "link")
os.symlink(".git/hooks", "linked-hooks")
os.symlink(".git/config", "linked.pem")
commit()
shutil.copyfile("k8s/kustomization.yml", ".git/kustomization.yml")
os.makedirs(".git/hooks", exist_ok=True)
os.makedirs("a/.git")
