"""Names of every bad kind, on files that have a fault."""

import os
import shutil

from tricks import commit, sealed, write

NAMES = (
    "e\x1b[2J\x1b]0;FORGED\x07",
    "n\nmoltseal: FORGED",
    "r\u202eFORGED",
    "b\u2066FORGED",
    "c\u009b31mFORGED",
    "l\u2028moltseal: FORGED",
)
for number, name in enumerate(NAMES):
    write(name, "kind: [\n")
    write(f"templates/{name}-template.yml", "kind: [\n" if number % 2 else "kind: Secret\n")
    write(f"k8s/secrets/{name}.yml", sealed("x y"))
    write(f"k8s/{name}/sealed.yml", sealed())
write(os.fsdecode(b"k8s/secrets/\xff\xfe\x1b[31mFORGED.yml"), sealed())
shutil.copyfile("k8s/secrets/app-sealedsecret.yml", "k8s/secrets/\x1b[31mFORGED\nok.yml")
commit()
