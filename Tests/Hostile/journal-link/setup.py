"""A plan, a journal and old copies, somewhere else."""

import os

from tricks import OUTSIDE, journal, secret, write

os.mkdir(f"{OUTSIDE}/folder", 0o700)
journal(f"{OUTSIDE}/folder", "k8s/kustomization.yml", b"planted: true\n", staged=False)
journal(f"{OUTSIDE}/folder", "k8s/kustomization.yml", b"planted: true\n", "plan")
for number in range(3):
    write(f"{OUTSIDE}/folder/old-{number}", "old\n", 0o600)
os.symlink(f"{OUTSIDE}/folder", ".moltseal")
write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
