"""`unseal` on what the real kubeseal sealed, and compared with what the real kubeseal unsealed.

The recorded runs are not part of this repository: MOLTSEAL_VECTORS names their folder, or it is next to the repository
in shared/vectors; without it these tests are skipped.
"""

from __future__ import annotations

import base64
import csv
import json
import re
import unittest
from pathlib import Path

import yaml

import oracle
from workspace import TestCase, Workspace, shared

#: `spec.template.data` with Go template functions: refused, never printed as if it were rendered.
TEMPLATE_FUNCTIONS = {
    "u010-template-sprig",
    "u014-template-define",
    "u117-functions-on-siblings",
    "u119-range-over-all",
}

#: Not plain Secret manifests, or not what the API server would accept: right or refused, nothing else.
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
    """A Secret in which an absent or empty collection is removed, and a null value is the empty one."""
    data = {item: value or "" for item, value in (secret.get("data") or {}).items()}
    metadata = {name: value for name, value in secret["metadata"].items() if value not in (None, {}, [])}
    return {**{name: value for name, value in secret.items() if value}, "metadata": metadata, "data": data}


class Vectors(TestCase):
    """Recorded runs, one a subtest."""

    #: The recorded versions of controller and kubeseal, and their folders.
    version = "0.36.6"
    place = ("MOLTSEAL_VECTORS", "vectors")

    @classmethod
    def setUpClass(cls) -> None:
        cls.vectors = shared(*cls.place)
        with open(cls.vectors / "index.tsv", encoding="utf-8", newline="") as index:
            cls.rows = list(csv.DictReader(index, delimiter="\t"))
        cls.workspace = Workspace.small()
        cls.addClassCleanup(cls.workspace.remove)

    def unseal(self, keys: list[Path], sealed: Path):
        """Runs unseal on a recorded file."""
        options = [option for key in keys for option in ("--private-key", str(key))]
        return self.workspace.run(
            "unseal", "--controller-version", self.version, *options, str(sealed), check=False
        )

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
        self.assertTrue(rows or self.version != "0.36.6")
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


class Vectors038(Vectors):
    """What has changed since, recorded from 0.38.4."""

    version = "0.38.4"
    place = ("MOLTSEAL_VECTORS_038", "vectors-0.38")


class Today(TestCase):
    """0.40, which cannot be run here: bitnami/sealed-secrets#1871 says how a null is treated."""

    def open(self, version: str, data: dict) -> dict:
        """The Secret of a template with the ciphertexts `a` and `b`."""
        workspace = self.keep(Workspace.small())
        values = {"a": b"one", "b": b"two"}
        sealed = {
            "apiVersion": "bitnami.com/v1alpha1",
            "kind": "SealedSecret",
            "metadata": {"name": "s", "namespace": "n"},
            "spec": {
                "encryptedData": {
                    key: oracle.seal(value, b"n/s", oracle.load_key(workspace.keypair.key).public_key()) for key, value in values.items()
                },
                "template": {"data": data},
            },
        }
        path = workspace.root / "sealed.yml"
        path.write_text(yaml.safe_dump(sealed))
        finished = workspace.run(
            "unseal", "--controller-version", version, "--private-key", str(workspace.keypair.key), str(path)
        )
        (secret,) = oracle.load_documents(finished.stdout.decode())
        return {key: base64.b64decode(value or "").decode() for key, value in secret["data"].items()}

    def test_null(self) -> None:
        """A null removes its key, even that of a ciphertext, which the other entries still see; before, it was empty."""
        data = {"a": None, "plain": None, "out": "{{ .a }}-{{ .b }}"}
        self.assertEqual(self.open("0.40.0", data), {"b": "two", "out": "one-two"})
        self.assertEqual(self.open("v0.41", data), {"b": "two", "out": "one-two"})
        self.assertEqual(self.open("0.39.1", data), {"a": "one", "b": "two", "plain": "", "out": "one-two"})
        self.assertEqual(self.open("0.36.6", data), {"a": "", "b": "two", "plain": "", "out": "one-two"})

    def test_both(self) -> None:
        """A key that is a ciphertext and an entry."""
        data = {"a": "entry", "out": "{{ .a }} {{ .c }}", "c": "{{ .b }}"}
        old = {"a": "entry", "b": "two", "c": "two", "out": "one <no value>"}
        new = {"a": "one", "b": "two", "c": "two", "out": "one {{ .b }}"}
        self.assertEqual(self.open("0.36.6", data), old)
        self.assertEqual(self.open("0.37.0", data), new)
        self.assertEqual(self.open("0.40.0", data), new)


if __name__ == "__main__":
    unittest.main()
