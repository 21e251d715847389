"""A bare repository with a kustomization in it."""

import shutil

from tricks import commit, git, write

git("init", "-q", "--bare", "--template=", "bare")
write("bare/refs/keep", "")
shutil.copyfile("k8s/kustomization.yml", "bare/kustomization.yml")
commit()
