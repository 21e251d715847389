"""A configuration full of programs."""

from pathlib import Path

from tricks import git, script, write

tool = {
    name: script(f".git/tools/{name}", name, then)
    for name, then in {
        "fsmonitor": "exit 1",
        "pager": "cat",
        "external": "exit 0",
        "textconv": "cat",
        "alias": "exit 0",
        "ssh": "exit 1",
        "credential": "exit 0",
        "gpg": "exit 1",
        "editor": "exit 0",
        "askpass": "exit 1",
        "proxy": "exit 1",
    }.items()
}
for hook in ("pre-commit", "post-index-change", "reference-transaction", "post-checkout", "fsmonitor-watchman"):
    script(f".git/hooks-elsewhere/{hook}", "hook", "exit 0")
    script(f".git/hooks/{hook}", "hook", "exit 0")
write(".git/info/attributes", "*.yml diff=evil\n")
settings = {
    "core.fsmonitor": tool["fsmonitor"],
    "core.hooksPath": str(Path(".git/hooks-elsewhere").resolve()),
    "core.pager": tool["pager"],
    "core.editor": tool["editor"],
    "core.sshCommand": tool["ssh"],
    "core.askPass": tool["askpass"],
    "core.gitProxy": tool["proxy"],
    "pager.status": tool["pager"],
    "pager.ls-files": tool["pager"],
    "pager.ls-tree": tool["pager"],
    "pager.log": tool["pager"],
    "interactive.diffFilter": tool["pager"],
    "diff.external": tool["external"],
    "diff.evil.textconv": tool["textconv"],
    "diff.evil.command": tool["external"],
    "alias.st": "!" + tool["alias"],
    "alias.status": "!" + tool["alias"],
    "alias.ls-files": "!" + tool["alias"],
    "alias.ls-tree": "!" + tool["alias"],
    "credential.helper": "!" + tool["credential"],
    "gpg.program": tool["gpg"],
    "commit.gpgSign": "false",
    "log.showSignature": "true",
    "remote.origin.url": "ssh://git@example.com/x.git",
    "trace2.normalTarget": str(Path(".git/trace").resolve()),
}
Path("k8s/app.yml").write_text(Path("k8s/app.yml").read_text() + "# changed\n")
for name, value in settings.items():
    git("config", name, value)
