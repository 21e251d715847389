"""A home that came with the repository."""

from pathlib import Path

from tricks import CANARY, commit, script, write

monitor = script("tools/monitor", "fsmonitor", "exit 1")
clean = script("tools/clean", "clean")
write(
    ".gitconfig",
    f'[core]\n\tfsmonitor = {monitor}\n\thooksPath = {Path("tools").resolve()}\n[filter "x"]\n\tclean = {clean}\n',
)
write(".config/git/attributes", "* filter=x\n")
commit()
for path in Path(CANARY).iterdir():
    path.unlink()
