"""Everything belongs to nobody."""

import subprocess

from tricks import git, script

git("config", "core.fsmonitor", script(".git/tools/monitor", "fsmonitor", "exit 1"))
subprocess.run(["chown", "-hR", "65534:65534", "."], check=True)
