"""A bare repository whose files lie among those of the workspace."""

from pathlib import Path

from tricks import CANARY, commit, git, script, write

clean = script("deploy/tools/clean", "clean")
fsmonitor = script("deploy/tools/fsmonitor", "fsmonitor", "exit 1")
write("deploy/HEAD", "ref: refs/heads/main\n")
write("deploy/objects/keep", "")
write("deploy/refs/heads/keep", "")
write("deploy/info/attributes", "* filter=x\n")
write(
    "deploy/config",
    "[core]\n\trepositoryformatversion = 0\n\tbare = false\n\tworktree = .\n"
    f'\tfsmonitor = {fsmonitor}\n[filter "x"]\n\tclean = {clean}\n\trequired = true\n',
)
git("--git-dir=.", "--work-tree=.", "-c", "core.fsmonitor=false", "add", "k8s", "moltseal.yml", folder="deploy")
for canary in (Path(clean), Path(fsmonitor)):
    Path(CANARY, canary.name).unlink(missing_ok=True)
commit()
