"""Under the name `kubeseal`: every recorded run of the real kubeseal again, and what it makes of unquoted scalars.

Each run gives kubeseal's result, or the deliberate difference that kubeseal_differences.tsv lists for it. The first
word of that table's column `moltseal` decides what is asserted: "Refuses", "Warns" (and gives kubeseal's result), or
anything else, which is a merge that goes better. docs/kubeseal.md is made from the same table.

The recorded runs are not part of this repository: MOLTSEAL_VECTORS names their folder, or it stands beside the
repository in shared/vectors; without it these tests are skipped.
"""

from __future__ import annotations

import base64
import csv
import json
import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import yaml

import oracle
import workspace
from test_vectors import normal

DIFFERENCES = Path(__file__).with_name("kubeseal_differences.tsv")
#: Scalars that mean the text as written: refusing them too would not help anybody.
UNCHANGED = {"0", "1", "-1", "0.1", "true", "false", "2020-01-01", '"1"', "'1'"}
GO_ISM = re.compile(rb"panic|goroutine|&\{")
OWNER = {"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", "uid": "", "controller": True}


def read_table(path: Path) -> list[dict[str, str]]:
    """The rows of a table whose fields are separated by tabs and never quoted."""
    with open(path, encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))


def encoded(value: bytes | str) -> str:
    """A value as in `data`."""
    return base64.b64encode(value.encode() if isinstance(value, str) else value).decode()


def plain_scalars(text: str) -> set[str]:
    """Unquoted scalars in YAML."""
    events = yaml.parse(text, yaml.SafeLoader)
    return {event.value for event in events if isinstance(event, yaml.ScalarEvent) and not event.style}


def opened(document: dict, key: Path) -> dict:
    """The Secret that the controller makes of a SealedSecret, without our code."""
    template = document["spec"].get("template") or {}
    values = oracle.open_document(document, [oracle.load_key(key)])["data"]
    data = {item: encoded(value) for item, value in values.items()}
    for item, text in (template.get("data") or {}).items():
        data[item] = encoded(re.sub(r"{{ \.(\w+) }}", lambda field: values[field[1]].decode(), text))
    name = document["metadata"]["name"]
    metadata = {**(template.get("metadata") or {}), "name": name, "namespace": document["metadata"].get("namespace")}
    if (metadata.get("annotations") or {}).get(oracle.ANNOTATION_PREFIX + "skip-set-owner-references") != "true":
        metadata["ownerReferences"] = [{**OWNER, "name": name}]
    secret = {"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "data": data}
    return {**secret, **{field: template[field] for field in ("type", "immutable") if field in template}}


def around(ciphertext: str, label: str) -> dict:
    """A SealedSecret with one item, with the scope that the label of a recorded raw run is for."""
    namespace, _, name = label.partition("/")
    scope = "" if name else "namespace-wide" if namespace else "cluster-wide"
    annotations = {oracle.ANNOTATION_PREFIX + scope: "true"} if scope else {}
    return {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": {"name": name or "any", "namespace": namespace or "any", "annotations": annotations},
        "spec": {"encryptedData": {"value": ciphertext}},
    }


class Kubeseal(workspace.TestCase):
    """The binary behind a link named kubeseal."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.vectors = workspace.shared("MOLTSEAL_VECTORS", "vectors")
        cls.rows = read_table(cls.vectors / "index.tsv")
        cls.outcomes = {row["run"]: row["moltseal"] for row in read_table(DIFFERENCES)}
        cls.base = Path(tempfile.mkdtemp(prefix="moltseal-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.base, ignore_errors=True)
        shutil.copytree(cls.vectors / "keys", cls.base / "keys")
        (cls.base / "bin").mkdir()
        (cls.base / "bin" / "kubeseal").symlink_to(workspace.binary())
        cls.variables = workspace.environment(cls.base / "no-home", {"TMPDIR": str(cls.base)})
        cls.variables["PATH"] = f"{cls.base}/bin:{cls.variables['PATH']}"

    def run_recorded(self, row: dict) -> tuple[Path, subprocess.CompletedProcess, list[str]]:
        """Runs a recorded command in a copy of its folder; what it printed, and which files it changed."""
        folder = Path(tempfile.mkdtemp(dir=self.base))
        for source in (self.vectors / row["id"]).iterdir():
            shutil.copyfile(source, folder / source.name)
        before = workspace.tree(folder)
        finished = workspace.run_to_end(["sh", "-c", row["command"]], folder, self.variables)
        return folder, finished, workspace.differences(before, workspace.tree(folder))

    def unsealed(self, text: bytes, key: Path) -> list[dict]:
        """What our unseal makes of SealedSecrets, in comparable form."""
        command = [workspace.binary(), "unseal", "-o", "json", "--private-key", key, "-"]
        finished = workspace.run_to_end(command, self.base, self.variables, text)
        self.assertEqual(finished.returncode, 0, finished.stderr.decode())
        return [normal(secret) for secret in oracle.load_documents(finished.stdout.decode())]

    def assert_opens(self, text: bytes, key: Path, expected: list[dict]) -> None:
        """Asserts that SealedSecrets open to the Secrets expected, by our code and without it."""
        wanted = [normal(secret) for secret in expected]
        self.assertEqual([normal(opened(document, key)) for document in oracle.load_documents(text.decode())], wanted)
        self.assertEqual(self.unsealed(text, key), wanted)

    def assert_same_output(self, text: str, recorded: str) -> None:
        """Asserts that an output is kubeseal's except for the ciphertexts: JSON byte for byte, YAML as data."""
        marked = []
        for output in (text, recorded):
            for document in oracle.load_documents(output):
                for ciphertext in (document.get("spec", {}).get("encryptedData") or {}).values():
                    output = output.replace(ciphertext, "CIPHERTEXT")
            marked.append(output)
        if recorded.startswith("{"):
            self.assertEqual(*marked)
            return
        self.assertEqual(*map(oracle.load_documents, marked))
        self.assertEqual(*(output.count("---\n") for output in marked), "a document that does not begin with ---")
        self.assertLessEqual(plain_scalars(marked[0]), plain_scalars(marked[1]), "unquoted where kubeseal quotes")

    def assert_merged(self, row: dict, folder: Path, key: Path) -> None:
        """Asserts that a merge gave kubeseal's file as data, or the right Secret where kubeseal's is wrong."""
        target = row["changed_file"].removesuffix(".after")
        old = (self.vectors / row["id"] / target).read_text()
        new, recorded = (folder / target).read_text(), (folder / row["changed_file"]).read_text()
        self.assertEqual(new.lstrip().startswith("{"), old.lstrip().startswith("{"), "another format")
        self.assertLessEqual({line for line in old.splitlines() if "#" in line}, set(new.splitlines()), "comments")
        (before,), (after,), (merged,) = map(oracle.load_documents, (old, recorded, new))
        if row["expected"] == "expected.json":
            expected = json.loads((folder / row["expected"]).read_text())
        else:
            expected = [opened(before, key)]
            expected[0]["data"].update(oracle.load_documents((folder / "input.yaml").read_text())[0]["data"])
        self.assert_opens(new.encode(), key, expected)
        for item, ciphertext in before["spec"]["encryptedData"].items():
            if after["spec"]["encryptedData"][item] == ciphertext:
                self.assertEqual(merged["spec"]["encryptedData"][item], ciphertext, "sealed anew")
        for document in (after, merged):
            document["spec"]["encryptedData"] = sorted(document["spec"]["encryptedData"])
        self.assertEqual(merged, after)

    def assert_raw(self, row: dict, ciphertext: bytes, folder: Path, key: Path) -> None:
        """Asserts that a raw ciphertext, without a newline, opens under the recorded label."""
        expected = json.loads((folder / "expected.json").read_text())
        self.assertRegex(ciphertext, rb"\A[A-Za-z0-9+/]+={0,2}\Z")
        value = expected["plaintext_base64"]
        plaintext = oracle.open_item(ciphertext.decode(), expected["label"].encode(), oracle.load_key(key))
        self.assertEqual(encoded(plaintext), value)
        wrapped = json.dumps(around(ciphertext.decode(), expected["label"])).encode()
        self.assertEqual([secret["data"] for secret in self.unsealed(wrapped, key)], [{"value": value}])

    def assert_result(self, row: dict, folder: Path, stdout: bytes) -> None:
        """Asserts the Secrets and the output of a run that succeeds."""
        key = self.base / "keys" / row["key"]
        if row["class"] == "m":
            self.assert_merged(row, folder, key)
            self.assertEqual(stdout, (folder / row["changed_file"].removesuffix(".after")).read_bytes())
        elif row["class"] == "r":
            self.assert_raw(row, stdout, folder, key)
        else:
            (recorded,) = folder.glob("output.*")
            if row["class"] == "s":
                self.assert_opens(stdout, key, json.loads((folder / "expected.json").read_text()))
            self.assert_same_output(stdout.decode(), recorded.read_text())

    def assert_refused_as_kubeseal(self, row: dict, finished: subprocess.CompletedProcess) -> None:
        """Asserts that a run is refused: with a hint, or with the usage if kubeseal prints that."""
        self.assertNotRegex(finished.stderr, GO_ISM)
        if row["stderr"].startswith("Usage of"):
            self.assertEqual((finished.returncode, finished.stdout), (2, b""))
            self.assertRegex(finished.stderr, rb"(?s)^moltseal: error: .*\nmoltseal: hint: .*\nUsage of kubeseal:")
        else:
            # If kubeseal panics, it exits with 2.
            self.assert_refused(finished, r"(?m)^moltseal: hint: ", 2 if row["stderr"].startswith("panic") else 1)

    def test_recorded_runs(self) -> None:
        """Each recorded run gives the same Secrets and the same output, or a listed difference."""
        for row in (row for row in self.rows if row["class"] in "srmub"):
            outcome = self.outcomes.get(row["id"], "")
            with self.subTest(row["id"]):
                folder, finished, changed = self.run_recorded(row)
                if row["class"] == "b" or outcome.startswith("Refuses"):
                    self.assert_refused_as_kubeseal(row, finished)
                    self.assertEqual(changed, [])
                    continue
                self.assertEqual(finished.returncode, int(row["exit"]), finished.stderr.decode())
                target = row["changed_file"].removesuffix(".after")
                self.assertEqual(changed, [] if target == "-" else [target])
                self.assert_result(row, folder, finished.stdout)
                if outcome.startswith("Warns"):
                    self.assertRegex(finished.stderr.decode(), r"(?m)^moltseal: warning: ")

    def test_quoted(self) -> None:
        """With the key quoted for which s031 is refused, all its unusual annotations are the same as kubeseal's."""
        (row,) = (row for row in self.rows if row["id"] == "s031-labels-annotations")
        right = """sed 's/ yes:/ "true":/; s/\\\\u0085/ /' input.yaml | """
        folder, finished, _ = self.run_recorded({**row, "command": right + row["command"].removesuffix("< input.yaml")})
        self.assertEqual(finished.returncode, 0, finished.stderr.decode())
        self.assert_result(row, folder, finished.stdout)

    def test_scalars(self) -> None:
        """An unquoted scalar gives what kubeseal makes of it, if that is the text as written; otherwise it is refused."""
        for row in read_table(self.vectors / "scalars.tsv"):
            scalar = row["yaml_scalar"]
            for column, line in (("as_value", f"v: {scalar}"), ("as_key", f"{scalar}: v")):
                with self.subTest(scalar, column=column):
                    self.check_scalar(scalar, line, row[column], column)

    def check_scalar(self, scalar: str, line: str, recorded: str, column: str) -> None:
        """Seals a Secret with one line of `stringData`, and compares what is in it."""
        manifest = f"kind: Secret\napiVersion: v1\nmetadata: {{name: s1, namespace: ns1}}\nstringData:\n  {line}\n"
        command = ["kubeseal", "--cert", "keys/rsa2048.pem"]
        finished = workspace.run_to_end(command, self.base, self.variables, manifest.encode())
        if finished.returncode != 0:
            self.assert_refused(finished, r"(?m)^moltseal: hint: ")
            self.assertNotIn(scalar, UNCHANGED)
            return
        self.assertFalse(recorded.startswith("ERR"), "kubeseal refuses it")
        (document,) = oracle.load_documents(finished.stdout.decode())
        data = opened(document, self.base / "keys" / "rsa2048.key")["data"]
        key, value = (event for event in yaml.parse(line, yaml.SafeLoader) if isinstance(event, yaml.ScalarEvent))
        written = value if column == "as_value" else key
        text = base64.b64decode(written.value).decode() if str(written.tag).endswith(":binary") else written.value
        self.assertEqual(text, json.loads(recorded), "kubeseal changes it, and so it must be refused")
        self.assertEqual(data, {"v": encoded(text)} if value is written else {text: encoded("v")})

    def test_table(self) -> None:
        """The table of differences is complete, and names each recorded run once."""
        table = read_table(DIFFERENCES)
        runs = sorted(row["run"] for row in table if row["run"] != "-")
        self.assertEqual(runs, sorted({row["id"] for row in self.rows}.intersection(runs)))
        for row in table:
            self.assertEqual(list(filter(row.get, row)), ["run", "title", "kubeseal", "moltseal", "reason"])


if __name__ == "__main__":
    unittest.main()
