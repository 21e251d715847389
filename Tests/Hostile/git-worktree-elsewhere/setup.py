"""A git directory that is none of ours: with a journal that names a file of the repository."""

import os
import shutil

from tricks import OUTSIDE, journal, write

shutil.rmtree(".git")
os.symlink(OUTSIDE, "link")
write(".git", "gitdir: link\n")
os.makedirs(f"{OUTSIDE}/moltseal/workspace", 0o700)
journal(f"{OUTSIDE}/moltseal/workspace", "k8s/planted.yml", b"planted: true\n", staged=False)
os.chmod(f"{OUTSIDE}/moltseal", 0o700)
