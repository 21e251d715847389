"""The sealed files in a repository of their own."""

import shutil

from tricks import WORK, canary, commit, edit, git, script, sealed, secret, write

write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
write("store/app-sealedsecret.yml", sealed("app", "    API_TOKEN: AAAA\n"))
git("init", "-q", "-b", "main", "store")
git("add", "-A", folder="store")
git("commit", "-q", "-m", "state", folder="store")
git("-c", "protocol.file.allow=always", "submodule", "add", "-q", f"{WORK}/store", "k8s/secrets")
shutil.rmtree("store/.git")
commit()
git("config", "submodule.k8s/secrets.update", "!" + canary("update"))
git("checkout", "-q", "HEAD", folder="k8s/secrets")
git("commit", "-q", "--allow-empty", "-m", "ahead", folder="k8s/secrets")
git("config", "core.fsmonitor", script("tools/monitor", "fsmonitor", "exit 1"), folder="k8s/secrets")
edit("k8s/secrets/app-sealedsecret.yml", "AAAA", "BBBB")
