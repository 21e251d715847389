"""Loops, and a program that makes a chain of 1,000 folders, each beneath the one before."""

import os

from tricks import commit, write

write("deep.py", "import os\nfor _ in range(1_000):\n    os.mkdir('dddd')\n    os.chdir('dddd')\n")
os.symlink(".", "k8s/loop")
os.symlink("..", "k8s/up")
os.symlink("../..", "k8s/secrets/up")
os.symlink("k8s/secrets", "again")
commit()
