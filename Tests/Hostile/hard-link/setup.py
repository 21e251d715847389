"""Every target twice."""

import os
from pathlib import Path

from tricks import OUTSIDE, commit, secret, write

write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
write("generator.yml", "namespace: demo\nsecretGenerator:\n  - name: app\n    literals: [A=b]\n")
commit()
for name in ("k8s/secrets/app-sealedsecret.yml", "k8s/secrets/moltseal.lock", "generator.yml", "moltseal.yml"):
    os.link(name, f"{OUTSIDE}/{Path(name).name}")
