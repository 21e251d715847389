"""A local remote with a program of its own."""

from pathlib import Path

from tricks import WORK, git, script

program = script(".git/tools/upload-pack", "remote", "exit 1")
for name, value in {
    "core.repositoryFormatVersion": "1",
    "extensions.partialClone": "origin",
    "remote.origin.url": f"file://{WORK}/.git",
    "remote.origin.uploadPack": program,
    "remote.origin.promisor": "true",
    "protocol.allow": "always",
    "protocol.file.allow": "always",
}.items():
    git("config", name, value)
tree = git("rev-parse", "HEAD^{tree}").strip()
Path(".git/objects", tree[:2], tree[2:]).unlink()
