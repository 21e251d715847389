"""Two folders, and the links that take their places."""

import os

from tricks import OUTSIDE, commit, secret, write

write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
write("out/keep", "")
commit()
os.symlink(OUTSIDE, "k8s/link")
os.symlink(OUTSIDE, "link")
