"""refs/replace, a graft, and index entries that say "do not look"."""

from tricks import commit, edit, git

old = git("rev-parse", "HEAD").strip()
edit("k8s/kustomization.yml", "# Kept as it is.", "# Not committed.")
commit()
new = git("rev-parse", "HEAD").strip()
git("update-ref", "refs/heads/main", old)
git("replace", old, new)
