"""What `init` makes of each value: the tables in Tests/Judgement list what is right and what does harm.

values.tsv is from other people's trees; own.tsv has as many lines again, made from the rules.

A line is a value in a small tree, which is made from the words in the column `beside`: other keys of the Secret, and
what reads it. Outcomes are `literal`, `password`, `key`, `supplied`, and `of KEY`, a placeholder of that key's credential.
"""

from __future__ import annotations

import concurrent.futures
import csv
import os
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

from workspace import REPOSITORY, binary, environment

TABLES = [REPOSITORY / "Tests/Judgement" / name for name in ("values.tsv", "own.tsv")]
IMAGES = ("postgres", "mysql", "redis", "mssql", "mongo", "minio", "grafana", "rabbitmq", "oauth2-proxy", "hasura")
PAIR = re.compile(r"^([A-Za-z_.]+[A-Za-z0-9_.-]*)=(.*)$")
#: The minimum number of lines with a right outcome; no line has a harmful one.
LEAST = 0.94


def pieces(beside: str) -> tuple[dict[str, str], list[str]]:
    """The other keys, and the words."""
    keys, words = {}, []
    for piece in beside.split("; "):
        if found := PAIR.match(piece):
            keys[found[1]] = found[2]
        else:
            words.append(piece)
            if found := re.search(r"from ([A-Z_]+)=(\S+)", piece):
                keys[found[1]] = found[2]
    return keys, words


def workload(name: str, image: str, container: dict) -> dict:
    """A Deployment of one container."""
    pod = {"containers": [{"name": name, "image": f"{image}:1", **container}]}
    labels = {"app": name}
    template = {"metadata": {"labels": labels}, "spec": pod}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name}, "spec": spec}


def tree(row: dict[str, str]) -> tuple[dict[str, str], list[dict]]:
    """The Secret and the workloads of a line."""
    key, value = row["key"], "" if row["value"] == "-" else row["value"].replace("\\n", "\n")
    others, words = pieces(row["beside"])
    data = {key: value, **{name: "" if text == "-" else text for name, text in others.items()}}
    everything = {"envFrom": [{"secretRef": {"name": "s"}}]}
    objects = [workload("app", "example.org/app", everything)]
    for word in words:
        image = next((image for image in IMAGES if re.search(rf"\ba?n? ?{image}( image)?\b", word)), None)
        if not image or word.startswith("no ") or "no database" in word:
            continue
        name = found[1] if (found := re.search(r"named (\w+)", word)) else image
        own = [(k, k) for k in data if k != key and re.search("PASS|USER", k)]
        if key.startswith((image.upper(), "SA_")) and "PASS" in key:
            own.append((key, key))
        if found := re.search(r"reads ([A-Z_]+) from it", word):
            own.append((found[1], key))
        if "reads it" in word or "reads both" in word:
            objects.append(workload(name, image, everything))
        else:
            variables = [
                {"name": variable, "valueFrom": {"secretKeyRef": {"name": "s", "key": of}}} for variable, of in own
            ]
            objects.append(workload(name, image, {"env": variables}))
        objects.append(
            {"apiVersion": "v1", "kind": "Service", "metadata": {"name": name}, "spec": {"ports": [{"port": 1}]}}
        )
    return data, objects


def judged(row: dict[str, str]) -> str:
    """What init makes of the line's value."""
    data, objects = tree(row)
    base = Path(tempfile.mkdtemp(prefix="moltseal-test-"))
    try:
        root, home = base / "work", base / "home"
        root.mkdir()
        home.mkdir()
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "stringData": data}
        (root / "all.yaml").write_text(yaml.safe_dump_all([secret, *objects]))
        (root / "kustomization.yaml").write_text("namespace: demo\nresources: [all.yaml]\n")
        command = [binary(), "init", "--deployed", "false"]
        ended = subprocess.run(command, cwd=root, env=environment(home), capture_output=True, text=True, check=False)
        if ended.returncode:
            return f"refused: {ended.stderr}"
        text = (root / "moltseal.yml").read_text()
        credentials = yaml.safe_load(text)["credentials"] or {}
        template = yaml.safe_load((root / "templates/s-template.yml").read_text())["stringData"]
        found = template.get(row["key"])
        if found is None:
            return "left out"
        names = re.findall(r"(?<!\$)\$\{([a-z0-9-]+)", found)
        if not names:
            return "literal"
        first = re.search(rf"(?m)((?:^  # .*\n)+)^  {re.escape(names[0])}:$", text)[1].splitlines()[0]
        owner = re.search(r"# (?:\S+ )?(?:\S+/)*?s/(\S+?)[:,]", first)[1]
        if owner != row["key"]:
            return f"of {owner}"
        if "supplied" in credentials[names[0]]:
            return "supplied"
        return "password" if "a password" in first else "key"
    finally:
        shutil.rmtree(base, ignore_errors=True)


class Judgement(unittest.TestCase):
    """No outcome does harm, and almost every one is right."""

    @unittest.skipUnless(shutil.which("kubectl"), "there is no kubectl")
    def test_values(self) -> None:
        """Each line of both tables."""
        for table in TABLES:
            with self.subTest(table.name):
                self.check(table)

    def check(self, table: Path) -> None:
        """Each line of one table."""
        with table.open(newline="") as file:
            rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
        with concurrent.futures.ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
            outcomes = list(pool.map(judged, rows))
        right = 0
        for row, outcome in zip(rows, outcomes):
            wanted = {"supplied" if word == "ask" else word for word in re.findall(r"of \S+|\S+", row["right"])}
            never = set(re.findall(r"of \S+|\S+", row["never"])) - {"-"}
            hurts = outcome in never or (outcome in ("password", "key") or outcome.startswith("of ")) and (
                outcome not in wanted
            )
            right += outcome in wanted
            if os.environ.get("SHOW") and outcome not in wanted:
                print(row["key"], row["value"], "|", outcome, "|", row["right"], "|", "HURTS" if hurts else "")
            with self.subTest(row["key"], value=row["value"], beside=row["beside"]):
                self.assertFalse(hurts or outcome.startswith(("refused", "left")), f"{outcome}, right is {row['right']}")
        self.assertGreaterEqual(right / len(rows), LEAST)


if __name__ == "__main__":
    unittest.main()
