"""Somebody else's journal."""

import os
import subprocess

from tricks import journal

os.mkdir(".moltseal", 0o700)
journal(".moltseal", "k8s/planted.yml", b"planted: true\n")
subprocess.run(["chown", "-R", "65534:65534", ".moltseal"], check=True)
