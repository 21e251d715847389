"""kubectl, wherever it may be found, and plug-ins of it."""

import os
from pathlib import Path

from tricks import CANARY, OUTSIDE, WORK, commit, script, sealed, write

script("bin/kubectl", "planted", "exit 0")
script("bin/kubectl-get", "plugin", "exit 0")
script("bin/kubectl-create", "plugin", "exit 0")
script("kubectl", "root", "exit 0")
script("deploy/kubectl", "workspace", "exit 0")
write("deploy/sealed.yml", sealed())
commit()
os.symlink(f"{WORK}/bin", f"{OUTSIDE}/folder")
os.mkdir(f"{OUTSIDE}/tools")
os.symlink(f"{WORK}/bin/kubectl", f"{OUTSIDE}/tools/kubectl")
for path in Path(CANARY).iterdir():
    path.unlink()
