"""Filters for every file that may be asked about."""

from tricks import commit, git, script, write

write(".gitattributes", "*.yml filter=a ident working-tree-encoding=UTF-8\nk8s/*.yml filter=b\n*.pem filter=b\n")
commit()
git("config", "filter.a.clean", script(".git/tools/clean", "clean"))
git("config", "filter.a.smudge", script(".git/tools/smudge", "smudge"))
git("config", "filter.b.process", script(".git/tools/process", "process", "exit 1"))
git("config", "filter.b.required", "true")
