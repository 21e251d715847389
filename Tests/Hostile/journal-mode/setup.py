"""A journal whose change would be easy."""

import os

from tricks import journal

os.mkdir(".moltseal", 0o700)
journal(".moltseal", "k8s/planted.yml", b"planted: true\n")
