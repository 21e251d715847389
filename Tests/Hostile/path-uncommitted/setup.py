"""Files that git does not have."""

from pathlib import Path

from tricks import commit, git, secret, write

sealed = Path("k8s/secrets/app-sealedsecret.yml").read_text()
kustomization = "namespace: demo\nsecretGenerator:\n  - name: app\n    literals: [A=b]\n"
write("secret.yml", secret("app", "  API_TOKEN: x1\n"))
write(".gitignore", "ignored*\n")
for suffix, text in (("", "kept: true\n"), ("-s", sealed), ("-k", kustomization)):
    write(f"changed{suffix}.yml", text)
    write(f"staged{suffix}.yml", text)
commit()
for suffix, text in (("", "kept: true\n"), ("-s", sealed), ("-k", kustomization)):
    for name in ("untracked", "ignored", "changed", "staged"):
        write(f"{name}{suffix}.yml", text + "# mine\n")
    git("add", f"staged{suffix}.yml")
