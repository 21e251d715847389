"""Submodules of every bad kind."""

from tricks import canary, git, write

head = git("rev-parse", "HEAD").strip()
write(
    ".gitmodules",
    f'[submodule "k8s/secrets"]\n\tpath = k8s/secrets\n\turl = ext::sh -c "{canary("url")}"\n'
    f"\tupdate = !{canary('update')}\n"
    '[submodule "../../x"]\n\tpath = -x\n\turl = -u./payload\n\tignore = none\n',
)
git("update-index", "--add", "--cacheinfo", f"160000,{head},vendor/x")
git("add", ".gitmodules")
git("commit", "-q", "-m", "state")
git("config", "protocol.ext.allow", "always")
git("config", "status.submoduleSummary", "true")
git("config", "diff.submodule", "log")
