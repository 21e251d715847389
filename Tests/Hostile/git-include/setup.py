"""A committed file that is a configuration."""

from pathlib import Path

from tricks import CANARY, commit, git, script, write

monitor = script("tools/monitor", "fsmonitor", "exit 1")
write("tools/config", f"[core]\n\tfsmonitor = {monitor}\n")
commit()
git("config", "include.path", "../tools/config")
git("config", "includeIf.gitdir:**.path", "../tools/config")
git("config", "includeIf.onbranch:main.path", "../tools/config")
Path(CANARY, "fsmonitor").unlink(missing_ok=True)
