"""Links out: to a folder, to a file, through another link, and through /proc."""

import os

from tricks import OUTSIDE, commit

os.symlink(OUTSIDE, "link")
os.symlink(f"{OUTSIDE}/victim", "file")
os.symlink("link", "chain")
os.symlink("/proc/self/root/etc/passwd", "magic")
commit()
