"""A git directory among the files."""

import os

from tricks import git, journal, script, write

os.rename(".git", "evil")
write(".git", "gitdir: evil\n")
git("config", "core.fsmonitor", script("tools/monitor", "fsmonitor", "exit 1"))
os.makedirs("evil/moltseal/workspace", 0o700)
os.chmod("evil/moltseal", 0o700)
journal("evil/moltseal/workspace", "k8s/planted.yml", b"planted: true\n")
