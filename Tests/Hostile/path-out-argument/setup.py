"""Links out, and what they lead to."""

import os
import shutil

from tricks import OUTSIDE, commit, outside, secret, write

write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
outside("victim.yml", "kept: true\n")
shutil.copyfile("k8s/secrets/app-sealedsecret.yml", f"{OUTSIDE}/sealed.yml")
outside("kustomization.yml", "namespace: demo\nsecretGenerator:\n  - name: app\n    literals: [A=b]\n")
os.symlink(OUTSIDE, "folder")
os.symlink(f"{OUTSIDE}/victim.yml", "linked.yml")
os.symlink(f"{OUTSIDE}/sealed.yml", "linked-s.yml")
os.symlink(f"{OUTSIDE}/kustomization.yml", "linked-k.yml")
commit()
