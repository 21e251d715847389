"""Two repositories; in the other one the change is committed."""

from tricks import edit, git, script

script("tools/monitor", "monitor", "exit 1")
script("tools/git-status", "exec-path", "exit 0")
script("tools/git-ls-tree", "exec-path", "exit 0")
edit("k8s/kustomization.yml", "# Kept as it is.", "# Not committed.")
git("clone", "-q", ".", "other")
edit("other/k8s/kustomization.yml", "# Kept as it is.", "# Not committed.")
git("commit", "-q", "-a", "-m", "state", folder="other")
