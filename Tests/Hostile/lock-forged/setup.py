"""A program that forges, and commits what it made."""

from tricks import commit, write

write(
    "forge.py",
    """
import re, subprocess, sys
lock, sealed = "k8s/secrets/moltseal.lock", "k8s/secrets/app-sealedsecret.yml"
text, secrets = open(lock).read(), open(sealed).read()
kind = sys.argv[1]
if kind == "swap":
    url, level = re.search("DATABASE_URL: (.*)", secrets)[1], re.search("LOG_LEVEL: (.*)", secrets)[1]
    secrets = secrets.replace(url, "@").replace(level, url).replace("@", level)
elif kind == "digest":
    secrets = re.sub("(DATABASE_URL: ....)(.)", lambda m: m[1] + ("B" if m[2] == "A" else "A"), secrets)
elif kind == "certificate":
    text = re.sub("sha256:[0-9a-f]{64}", "sha256:" + "0" * 64, text)
elif kind == "namespace":
    secrets = secrets.replace("namespace: demo", "namespace: other")
open(lock, "w").write(text)
open(sealed, "w").write(secrets)
subprocess.run("git add -A && git commit -qm x", shell=True, check=True)
""",
)
commit()
