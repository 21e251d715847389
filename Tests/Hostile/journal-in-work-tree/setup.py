"""Journals under every name."""

import os

from tricks import commit, journal

for folder in (".moltseal", "k8s/.moltseal"):
    os.mkdir(folder, 0o700)
    for kind in ("journal", "plan", "abort"):
        journal(folder, "k8s/planted.yml", b"planted: true\n", kind)
commit()
