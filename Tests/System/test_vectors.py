"""`unseal` on what the real kubeseal sealed, and against what the real kubeseal unsealed.

The recorded runs are not part of this repository: MOLTSEAL_VECTORS names their folder, or it stands beside the
repository in shared/vectors; without it these tests are skipped.
"""

from __future__ import annotations

import csv
import json
import re
import unittest
from pathlib import Path

import yaml

import oracle
from workspace import TestCase, Workspace, shared

#: `spec.template.data` with Go template functions: refused, never printed as if it were rendered.
TEMPLATE_FUNCTIONS = {"u010-template-sprig", "u014-template-define"}

#: Not plain Secret manifests, or not what the API server would take: right or refused, nothing else.
RIGHT_OR_REFUSED = {
    "s025-multi-doc-json-output": "JSON values one after another are neither JSON nor YAML",
    "s048-kind-not-checked": "the input was not a Secret",
    "s053-bad-key-names": "item names that the API server refuses",
    "s054-bad-names-not-validated": "names that the API server refuses",
    "s074-rsa1024": "a key under 2048 bits",
    "u023-no-kind": "the input has no kind",
    "u024-no-apiVersion": "the input has no apiVersion",
    "u025-empty-input": "the input is empty",
}


def normal(secret: dict) -> dict:
    """A Secret in which an absent or empty collection is none, and a null value is the empty one."""
    data = {item: value or "" for item, value in (secret.get("data") or {}).items()}
    metadata = {name: value for name, value in secret["metadata"].items() if value not in (None, {}, [])}
    return {**{name: value for name, value in secret.items() if value}, "metadata": metadata, "data": data}


class Vectors(TestCase):
    """Recorded runs, one a subtest."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.vectors = shared("MOLTSEAL_VECTORS", "vectors")
        with open(cls.vectors / "index.tsv", encoding="utf-8", newline="") as index:
            cls.rows = list(csv.DictReader(index, delimiter="\t"))
        cls.workspace = Workspace.small()
        cls.addClassCleanup(cls.workspace.remove)

    def unseal(self, keys: list[Path], sealed: Path):
        """Runs unseal on a recorded file."""
        options = [option for key in keys for option in ("--private-key", str(key))]
        return self.workspace.run("unseal", *options, str(sealed), check=False)

    def check(self, name: str, keys: list[Path], sealed: Path, expected: list[dict]) -> None:
        """Compares one unsealed file with what is expected, as data."""
        finished = self.unseal(keys, sealed)
        if name in TEMPLATE_FUNCTIONS or (name in RIGHT_OR_REFUSED and finished.returncode != 0):
            self.assert_refused(finished)
            return
        self.assertEqual(finished.returncode, 0, finished.stderr.decode())
        found = oracle.load_documents(finished.stdout.decode())
        self.assertEqual([normal(secret) for secret in found], [normal(secret) for secret in expected])

    def private_keys(self, folder: Path, command: str) -> list[Path]:
        """The keys of a recorded command."""
        (names,) = re.findall(r"--recovery-private-key (\S+)", command)
        return [(folder / name).resolve() for name in names.split(",")]

    def test_sealed(self) -> None:
        """Class s: each output opens, and gives what the controller makes of it."""
        rows = [row for row in self.rows if row["class"] == "s"]
        self.assertTrue(rows)
        for row in rows:
            with self.subTest(row["id"]):
                folder = self.vectors / row["id"]
                (sealed,) = folder.glob("output.*")
                expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
                self.check(row["id"], [self.vectors / "keys" / row["key"]], sealed, expected)

    def test_unsealed(self) -> None:
        """Class u: each input gives what kubeseal printed."""
        rows = [row for row in self.rows if row["class"] == "u"]
        self.assertTrue(rows)
        for row in rows:
            with self.subTest(row["id"]):
                folder = self.vectors / row["id"]
                expected = yaml.load((folder / "output.yaml").read_text(encoding="utf-8"), oracle.Loader)
                self.check(row["id"], self.private_keys(folder, row["command"]), folder / "sealed.yaml", [expected])

    def test_refused(self) -> None:
        """Class b: a wrong key, a changed byte, another name; what kubeseal did not open is not opened."""
        rows = [row for row in self.rows if row["class"] == "b" and "--recovery-unseal" in row["command"]]
        checked = 0
        for row in rows:
            folder = self.vectors / row["id"]
            source = re.search(r"< (\S+)$", row["command"])
            names = re.search(r"--recovery-private-key (\S+)", row["command"])
            if not source or not names:
                continue
            checked += 1
            with self.subTest(row["id"]):
                finished = self.unseal(self.private_keys(folder, row["command"]), folder / source[1])
                self.assert_refused(finished)
        self.assertTrue(checked)

    def test_oracle(self) -> None:
        """The oracle of the other tests opens the recorded outputs too."""
        for row in self.rows:
            if row["class"] != "s":
                continue
            with self.subTest(row["id"]):
                folder = self.vectors / row["id"]
                (sealed,) = folder.glob("output.*")
                opened = oracle.open_file(sealed, self.vectors / "keys" / row["key"])
                expected = json.loads((folder / "expected.json").read_text(encoding="utf-8"))
                self.assertEqual(
                    [oracle.printable(secret)["data"] for secret in opened],
                    [normal(secret)["data"] for secret in expected],
                )


if __name__ == "__main__":
    unittest.main()
