"""git, wherever it may be found."""

import os
from pathlib import Path

from tricks import CANARY, OUTSIDE, WORK, commit, script

script("bin/git", "planted", "exit 0")
script("git", "root", "exit 0")
script("deploy/git", "workspace", "exit 0")
commit()
os.symlink(f"{WORK}/bin", f"{OUTSIDE}/folder")
os.mkdir(f"{OUTSIDE}/tools")
os.symlink(f"{WORK}/bin/git", f"{OUTSIDE}/tools/git")
for path in Path(CANARY).iterdir():
    path.unlink()
