"""Files in git directories, and links to them."""

import os
import shutil

from tricks import commit, git, secret, write

git("init", "-q", "--bare", "--template=", "bare")
write("bare/hooks/keep", "")
write("bare/refs/keep", "")
os.symlink(".git", "link")
os.symlink(".git/config", "linked.yml")
os.symlink(".git/x.yml", "linked-x.yml")
os.symlink(".git/s.yml", "linked-s.yml")
write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
for folder in (".git", "bare"):
    shutil.copyfile("k8s/secrets/app-sealedsecret.yml", f"{folder}/s.yml")
    write(f"{folder}/x.yml", "namespace: demo\nsecretGenerator:\n  - name: app\n    literals: [A=b]\n")
os.makedirs(".git/hooks", exist_ok=True)
commit()
