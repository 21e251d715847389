"""`verify` refuses what a cluster refuses, and accepts what a cluster accepts.

What a real API server (1.35.6) and the sealed-secrets controller (0.36.6) do with each object was observed or read in
their source; Go itself decided for each template in Tests/Vectors/go-templates.json whether it parses.
"""

from __future__ import annotations

import json
import os
import subprocess
import unittest
from typing import Any

import yaml

import oracle
from workspace import REPOSITORY, TestCase, Workspace, throwaway_key

TEMPLATES = REPOSITORY / "Tests/Vectors/go-templates.json"


def seal(value: bytes = b"v", label: bytes = b"demo/app") -> str:
    """A ciphertext of the throwaway key."""
    return oracle.seal(value, label, oracle.load_key(throwaway_key().key).public_key())


def sealed(**changes: Any) -> dict:
    """A good SealedSecret, with the values at dotted paths (`spec__template__type`) replaced."""
    document: dict = {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": {"name": "app", "namespace": "demo"},
        "spec": {
            "encryptedData": {"key": seal()},
            "template": {"metadata": {"name": "app", "namespace": "demo"}},
        },
    }
    for path, value in changes.items():
        *steps, last = path.split("__")
        node = document
        for step in steps:
            node = node.setdefault(step, {})
        node[last] = value
    return document


class Verify(TestCase):
    """Objects in a folder."""

    def setUp(self) -> None:
        self.workspace = self.keep(Workspace.small())
        self.folder = self.workspace.root / "sealed"
        self.folder.mkdir()

    def verify(self, *paths: str, check: bool = False) -> subprocess.CompletedProcess:
        """Runs verify."""
        return self.workspace.run("verify", "--format", "json", *(paths or ("sealed",)), check=check)

    def findings(self, document: dict | str) -> list[tuple[str, str]]:
        """(severity, code) of what is found in one object."""
        text = document if isinstance(document, str) else yaml.safe_dump(document)
        (self.folder / "one.yml").write_text(text)
        ended = self.verify("sealed/one.yml")
        self.assertIn(ended.returncode, (0, 4), ended.stderr.decode())
        (found,) = json.loads(ended.stdout)["objects"]
        self.assertEqual(found["verdict"] == "failed", ended.returncode == 4)
        return [(finding["severity"], finding["code"]) for finding in found["findings"]]

    def test_refused(self) -> None:
        """What the cluster refuses has an error with its code."""
        template = "spec__template__"
        annotations = template + "metadata__annotations"
        large = {f"k{number}": seal(bytes(400_000)) for number in range(3)}
        skips = {"sealedsecrets.bitnami.com/skip-set-owner-references": "true"}
        for code, changes in [
            ("field-type", {template + "type": 5}),
            ("field-type", {template + "immutable": "x"}),
            ("field-type", {template + "data": ["a"]}),
            ("field-type", {template + "data": {"a": 5}}),
            ("field-type", {template[:-2]: "text"}),
            ("field-type", {"spec__encryptedData": {"key": 5}}),
            ("field-type", {template + "metadata__labels": "x"}),
            ("field-type", {template + "metadata__finalizers": "x"}),
            ("field-type", {"metadata__generation": "x"}),
            ("template-metadata", {template + "metadata__labels": {"a": 5}}),
            ("template-metadata", {template + "metadata__finalizers": ["mine"]}),
            ("template-metadata", {template + "metadata__resourceVersion": "7"}),
            ("template-metadata", {template + "metadata__labels": {"UPPER.example.com/a": "b"}}),
            ("stops-controller", {template + "metadata__creationTimestamp": "yesterday"}),
            ("stops-controller", {template + "metadata__creationTimestamp": "2026-02-30T00:00:00Z"}),
            ("stops-controller", {template + "metadata__creationTimestamp": ""}),
            ("stops-controller", {template + "metadata__deletionTimestamp": 5}),
            ("stops-controller", {template + "metadata__generation": "x"}),
            ("stops-controller", {template + "metadata__uid": 5}),
            ("stops-controller", {template + "metadata__ownerReferences": {"a": "b"}}),
            ("stops-controller", {template + "metadata__managedFields": "x"}),
            ("stops-controller", {template + "metadata__managedFields": [{"manager": "m", "time": "soon"}]}),
            ("stops-controller", {template + "metadata__generation": 99999999999999999999}),
            ("stops-controller", {template + "metadata__deletionGracePeriodSeconds": 9223372036854775808}),
            ("stops-controller", {template + "metadata__ownerReferences": [{"name": 5}]}),
            ("stops-controller", {template + "metadata__ownerReferences": [{"name": "a", "controller": "true"}]}),
            ("stops-controller", {template + "metadata__creationTimestamp": "2026-01-31T12:00:00+99:99"}),
            ("too-large", {"spec__encryptedData": large}),
            ("too-large", {annotations: {"a": "x" * (256 << 10)}}),
            ("too-large", {"metadata__annotations": {"a": "x" * (256 << 10)}}),
            ("template-type", {template + "type": "kubernetes.io/tls"}),
            ("template-type", {template + "type": "kubernetes.io/basic-auth"}),
            ("template-type", {template + "type": "kubernetes.io/service-account-token"}),
            ("template-data", {template + "data": {"a": "{{ .key"}}),
            ("template-data", {template + "data": {"a": '{{ env "HOME" }}'}}),
            ("never-updated", {annotations: skips}),
        ]:
            with self.subTest(code, changes=str(changes)[:80]):
                self.assertIn(("error", code), self.findings(sealed(**changes)))

    def test_taken(self) -> None:
        """What the cluster accepts has no error."""
        template = "spec__template__"
        skips = "sealedsecrets.bitnami.com/skip-set-owner-references"
        half = {"username": seal()}
        whole = {f"k{number}": seal(bytes(340_000)) for number in range(3)}
        token = {"kubernetes.io/service-account.name": "robot"}
        for changes in [
            {},
            {template + "metadata__annotations": {"Example.COM/Rotation": "x"}},
            {"metadata__annotations": {"sealedsecrets.bitnami.com/cluster-wide": "false"}},
            {template + "metadata__creationTimestamp": None},
            {template + "metadata__creationTimestamp": "2026-02-28T23:59:59.5+01:00"},
            {template + "metadata__creationTimestamp": "2026-01-31T1:00:00Z"},
            {template + "metadata__ownerReferences": [{"name": "a", "controller": True, "more": 5}]},
            {template + "metadata__managedFields": [{"manager": "m", "time": "2026-01-31T12:00:00Z", "fieldsV1": {}}]},
            {template + "metadata__finalizers": ["example.com/mine"]},
            {template + "immutable": True},
            {template[:-2]: None},
            {template + "type": "kubernetes.io/basic-auth", "spec__encryptedData": half},
            {template + "type": "kubernetes.io/service-account-token", template + "metadata__annotations": token},
            {template + "type": "kubernetes.io/tls", template + "data": {"tls.key": "a", "tls.crt": "{{ .key }}"}},
            {template + "type": "example.com/mine"},
            {"spec__encryptedData": whole},
            {template + "metadata__annotations": {"a": "x" * (255 << 10)}},
            {template + "data": {"url": 'postgresql://me:{{ .key | urlquery }}@db/{{ default "x" .key }}'}},
            {template + "metadata__annotations": {skips: "true", "sealedsecrets.bitnami.com/managed": "true"}},
            {template + "metadata__annotations": {skips: "false"}},
        ]:
            with self.subTest(str(changes)[:80]):
                errors = [code for severity, code in self.findings(sealed(**changes)) if severity == "error"]
                self.assertEqual(errors, [])

    def test_templates(self) -> None:
        """A template has an error if Go does not parse it, and none if it does."""
        templates = json.loads(TEMPLATES.read_text())
        self.assertGreater(len(templates), 200)
        documents = [sealed(spec__template__data={"a": entry["template"]}) for entry in templates]
        (self.folder / "all.json").write_text("\n".join(map(json.dumps, documents)))
        found = json.loads(self.verify().stdout)["objects"]
        self.assertEqual(len(found), len(templates))
        for entry, verdict in zip(templates, found):
            codes = [finding["code"] for finding in verdict["findings"]]
            self.assertEqual("template-data" in codes, not entry["parses"], entry["template"])

    def test_unseen(self) -> None:
        """What could not be read never leads to exit 0: verify and reseal."""
        (self.folder / "good.yml").write_text(yaml.safe_dump(sealed()))
        self.assertEqual(self.verify().returncode, 0)
        hidden = self.folder / "deep"
        hidden.mkdir()
        (hidden / "sealed.yml").write_text(yaml.safe_dump(sealed()))
        odd = os.fsencode(self.folder) + b"/\xff.yml"
        cases = {
            "a FIFO": (lambda: os.mkfifo(self.folder / "pipe.yml"), lambda: os.unlink(self.folder / "pipe.yml")),
            "a name that is not UTF-8": (lambda: os.close(os.open(odd, os.O_CREAT)), lambda: os.unlink(odd)),
            "a lock file that is none": (
                lambda: (self.folder / "moltseal.lock").write_text("garbage"),
                lambda: (self.folder / "moltseal.lock").unlink(),
            ),
        }
        if os.geteuid() != 0:
            cases["a folder that is closed"] = (lambda: hidden.chmod(0), lambda: hidden.chmod(0o755))
            cases["a file that is closed"] = (
                lambda: (hidden / "sealed.yml").chmod(0),
                lambda: (hidden / "sealed.yml").chmod(0o644),
            )
        key, certificate = throwaway_key().key, throwaway_key().certificate
        for what, (make, undo) in cases.items():
            with self.subTest(what):
                make()
                try:
                    self.assertEqual(self.verify().returncode, 1, what)
                    ended = self.workspace.run(
                        "reseal", "--private-key", key, "--certificate", certificate, "sealed", check=False
                    )
                    self.assertEqual(ended.returncode, 1, what)
                finally:
                    undo()
        self.assertEqual(self.verify().returncode, 0)

    def test_rotate_refuses_too(self) -> None:
        """A template of a Secret that would never be updated again is refused; an upper-case prefix is not."""
        template = self.workspace.root / "templates/app-template.yml"
        good = template.read_text()
        skips = 'sealedsecrets.bitnami.com/skip-set-owner-references: "true"'
        for name in ("rotate", "apply"):
            template.write_text(good.replace("metadata:\n", f"metadata:\n  annotations: {{{skips}}}\n", 1))
            self.workspace.commit()
            finished = self.workspace.run(name, "--env", "prod", check=False)
            self.assert_refused(finished, r"templates/app-template\.yml:\d+:\d+: .*never updates it again")
        template.write_text(good.replace("metadata:\n", "metadata:\n  annotations: {Example.COM/Team: blue}\n", 1))
        self.workspace.commit()
        self.workspace.run("rotate", "--env", "prod")


if __name__ == "__main__":
    unittest.main()
