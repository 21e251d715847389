"""Two kinds of looking away."""

from tricks import edit, git

git("update-index", "--assume-unchanged", "k8s/kustomization.yml")
git("update-index", "--skip-worktree", "k8s/kustomization.yml")
git("config", "core.ignoreStat", "true")
edit("k8s/kustomization.yml", "# Kept as it is.", "# Not committed.")
