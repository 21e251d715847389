"""Requests through kubectl to the controller: `cert fetch`, `verify --online`, and three flags of kubeseal.

The real kubectl talks to `controller.py`, which is first compared with the recorded runs h001 to h013. A script named
kubectl comes before the real one, records how it was started, and executes it. docs/controller.md has the details.
"""

from __future__ import annotations

import copy
import datetime
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import unittest
import urllib.error
import urllib.request
from pathlib import Path
from typing import Callable

import yaml

import oracle
from controller import Answer, Controller, Limiter, as_json, decode, status
from workspace import TestCase, Workspace, binary, environment, run_to_end, shared, throwaway_key

KUBECTL = shutil.which("kubectl")
TOO_MANY = Answer(429, b"limit exceeded\n", {"Retry-After": "1"})
SECRET = "plaintext-41c9e7"
PLAIN = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: plain, namespace: web}}\nstringData: {{password: {SECRET}}}\n"
SPY = """#!/usr/bin/env python3
import json, os, sys
with open({log!r}, "a") as log:
    print(json.dumps([sys.argv[1:], dict(os.environ)]), file=log)
os.execv({real!r}, ["kubectl", *sys.argv[1:]])
"""
CLUSTER = "    cluster: {context: lab, controllerNamespace: kube-system, controllerName: sealed-secrets-controller}\n"
SERVICE = "/api/v1/namespaces/kube-system/services/"
SYNC_WAVE = {"argocd.argoproj.io/sync-wave": "-1"}


def sealed(name: str, key: oracle.KeyPair, values: dict[str, str] | None = None, **template: object) -> dict:
    """A SealedSecret with many parts that an answer of the controller could damage."""
    metadata = {"name": name, "namespace": "web", "labels": {"app": "web"}, "annotations": SYNC_WAVE}
    public = oracle.load_key(key.key).public_key()
    label, values = oracle.label(metadata), values or {"password": "p4ss"}
    items = {item: oracle.seal(value.encode(), label, public) for item, value in values.items()}
    hooks = {"labels": {"cnpg.io/reload": "true"}, "annotations": {"reloader.stakater.com/match": "true"}}
    made = {"metadata": {"name": name, "namespace": "web", **hooks}, "type": "Opaque", **template}
    return {
        "apiVersion": "bitnami.com/v1alpha1",
        "kind": "SealedSecret",
        "metadata": metadata,
        "spec": {"encryptedData": items, "template": made},
    }


def documents(*objects: dict) -> str:
    """A YAML stream."""
    return "".join("---\n" + yaml.safe_dump(value, sort_keys=False) for value in objects)


def without_ciphertexts(document: dict) -> dict:
    """The document with only the names of its items."""
    bare = copy.deepcopy(document)
    bare["spec"]["encryptedData"] = sorted(bare["spec"]["encryptedData"])
    return bare


def changed(change: Callable[[dict], object]) -> Callable[[dict], bytes]:
    """A forgery that changes the honest answer."""

    def forge(answer: dict) -> bytes:
        change(answer)
        return as_json(answer)

    return forge


def items(answer: dict) -> dict:
    """The ciphertexts in an answer."""
    return answer["spec"]["encryptedData"]


#: The controller's last request.
LAST_SENT: dict[str, str] = {}

#: Answers to `--re-encrypt` that no honest controller gives.
FORGERIES: dict[str, Callable[[dict], bytes]] = {
    "an item more": changed(lambda answer: items(answer).update(extra=items(answer)["password"])),
    "an item less": changed(lambda answer: items(answer).pop("password")),
    "an item of another name": changed(lambda answer: items(answer).update(passw0rd=items(answer).pop("password"))),
    "no items": changed(lambda answer: items(answer).clear()),
    "no spec": changed(lambda answer: answer.pop("spec")),
    "a number": changed(lambda answer: items(answer).update(password=1)),
    "no base64": changed(lambda answer: items(answer).update(password="not base64!")),
    "YAML in a ciphertext": changed(lambda answer: items(answer).update(password="AAAA\n  evil: x")),
    "a ciphertext cut short": changed(lambda answer: items(answer).update(password=items(answer)["password"][:40])),
    "what was sent": lambda answer: as_json({**answer, "spec": {**answer["spec"], "encryptedData": LAST_SENT}}),
    "a name twice": lambda answer: as_json(answer).replace(b'"password":', b'"password":"AAAA","password":', 1),
    "cut off": lambda answer: as_json(answer)[:-20],
    "something after it": lambda answer: as_json(answer) + b'{"spec":{}}',
    "nothing": lambda answer: b"",
    "a list": lambda answer: b"[]",
    "HTML": lambda answer: b"<!doctype html><html><body>Sign in</body></html>",
    "not UTF-8": lambda answer: as_json(answer).replace(b'"password"', b'"passw\xffrd"'),
    "a deep one": lambda answer: b"[" * 1_000_000,
    "a huge one": lambda answer: as_json({**answer, "padding": "x" * (64 << 20)}),
}


class Recorded(unittest.TestCase):
    """The test server matches the recorded runs, and kubectl matches the test server's description."""

    def ask(self, url: str, body: bytes | None) -> tuple[int, dict, bytes]:
        """The status, headers and body of an answer."""
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body)) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def test_answers(self) -> None:
        """h001 to h013 get the recorded status, headers and body, except for the newest key, which was not kept."""
        vectors = shared("MOLTSEAL_VECTORS", "vectors")
        keys = vectors / "keys"
        pair = oracle.KeyPair(keys / "rsa2048.key", keys / "rsa2048.pem", "")
        server = Controller([pair, throwaway_key()], limiter=Limiter(1000, 1000))
        self.addCleanup(server.close)
        runs = sorted(vectors.glob("h0*"))
        self.assertEqual(len(runs), 13)
        for run in runs:
            with self.subTest(run.name):
                path = re.search(r"http://[^/]+(\S+)", (run / "command.txt").read_text())[1]
                body = (run / "sealed.yaml").read_bytes() if (run / "sealed.yaml").exists() else None
                head, _, expected = (run / "output.txt").read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")
                first, *lines = head.decode().splitlines()
                headers = dict(line.split(": ", 1) for line in lines)
                # The recorded limit of 1000 per second is full again after a millisecond.
                time.sleep(0.01)
                code, got, content = self.ask(server.url + path, body)
                self.assertEqual(code, int(first.split()[1]))
                if run.name == "h001-cert":
                    self.assertEqual(content, throwaway_key().certificate.read_bytes())
                    self.assertEqual(expected.count(b"BEGIN CERTIFICATE"), 1)
                    headers["Content-Length"] = str(len(content))
                elif run.name == "h010-rotate-ok":
                    answers = [json.loads(text) for text in (content, expected)]
                    self.assertEqual(*map(without_ciphertexts, answers))
                    opened = oracle.open_document(answers[0], server.keys[1:])
                    self.assertEqual(opened, oracle.open_document(decode(body)[0], server.keys[:1]))
                else:
                    self.assertEqual(content, expected)
                self.assertEqual({**got, "Date": ""}, {**headers, "Date": ""})

    def test_limit(self) -> None:
        """Three requests at once pass, the fourth is told to wait a second: --rate-limit 2 --rate-limit-burst 2."""
        limiter = Limiter()
        taken = [limiter.take() for _ in range(4)]
        self.assertEqual([passes for passes, _ in taken], [True, True, True, False])
        self.assertEqual([headers["X-Ratelimit-Remaining"] for _, headers in taken], ["2", "1", "0", "0"])
        self.assertEqual(taken[3][1]["Retry-After"], "1")

    @unittest.skipUnless(KUBECTL, "no kubectl")
    def test_kubectl(self) -> None:
        """kubectl words a failure as moltseal expects, exits with 1, prints nothing, and posts once."""
        home = Path(tempfile.mkdtemp(prefix="moltseal-test-"))
        self.addCleanup(shutil.rmtree, home)
        server = Controller([throwaway_key()])
        self.addCleanup(server.close)
        config = ["--kubeconfig", str(server.write_kubeconfig(home / "config")), "--context", "lab"]
        path = SERVICE + "http:sealed-secrets-controller:http/proxy/v1/verify"
        said = {
            "NotFound": status(404, "NotFound", 'services "x" not found'),
            "AlreadyExists": Answer(409),
            "TooManyRequests": TOO_MANY,
            "InternalError": Answer(500),
            "ServiceUnavailable": Answer(503),
        }
        command = [KUBECTL, "create", "--raw", path, "-f", "-", *config]
        for number, (reason, answer) in enumerate(said.items(), 1):
            server.override["/v1/verify"] = [answer]
            ended = run_to_end(command, home, environment(home), b"\x00---\r\n\xff")
            self.assertEqual((ended.returncode, ended.stdout), (1, b""))
            self.assertTrue(ended.stderr.startswith(f"Error from server ({reason}): ".encode()), ended.stderr)
            self.assertEqual([request.body for request in server.asked()], [b"\x00---\r\n\xff"] * number)
        server.stop()
        ended = run_to_end(command, home, environment(home))
        self.assertEqual((ended.returncode, ended.stdout), (1, b""))
        self.assertRegex(ended.stderr, rb"^The connection to the server \S+ was refused")


@unittest.skipUnless(KUBECTL, "no kubectl")
class ThroughKubectl(TestCase):
    """A workspace, a controller, a kubeconfig and the script before kubectl, with ways to run the binary."""

    def setUp(self) -> None:
        self.workspace = self.keep(Workspace.small())
        file = self.workspace.root / "moltseal.yml"
        file.write_text(re.sub(r"(?m)^    deployed: .*\n", rf"\g<0>{CLUSTER}", file.read_text()))
        self.workspace.commit()
        self.old = self.workspace.keypair
        self.new = oracle.make_keypair(self.workspace.base / "new")
        self.serve([self.old])
        tools = self.workspace.base / "bin"
        tools.mkdir()
        self.log = self.workspace.base / "kubectl.log"
        (tools / "kubectl").write_text(SPY.format(log=str(self.log), real=KUBECTL))
        (tools / "kubectl").chmod(0o755)
        (tools / "kubeseal").symlink_to(binary())
        self.tools = tools

    def serve(self, keys: list[oracle.KeyPair], **options: object) -> None:
        """Starts a controller for the context `lab`."""
        self.server = Controller(keys, **options)
        self.addCleanup(self.server.close)
        self.config = self.server.write_kubeconfig(self.workspace.base / "kubeconfig")

    def variables(self, **more: str) -> dict[str, str]:
        """KUBECONFIG, and a PATH that begins with the script."""
        return {"KUBECONFIG": str(self.config), "PATH": f"{self.tools}:{os.environ['PATH']}", **more}

    def moltseal(self, *arguments: str, check: bool = True, **more: str) -> subprocess.CompletedProcess:
        """Runs moltseal."""
        return self.workspace.run(*arguments, variables=self.variables(**more), check=check)

    def kubeseal(self, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess:
        """Runs the link named kubeseal, with --context."""
        command = [self.tools / "kubeseal", "--context", "lab", *arguments]
        variables = self.workspace.environment(self.variables(**more))
        return run_to_end(command, self.workspace.root, variables, stdin.encode())

    def write(self, name: str, text: str) -> Path:
        """Writes a file of the workspace and commits it."""
        path = self.workspace.root / name
        path.write_text(text)
        self.workspace.commit()
        return path

    def started(self) -> list[tuple[list[str], dict[str, str]]]:
        """The arguments and variables of every kubectl."""
        return [tuple(json.loads(line)) for line in self.log.read_text().splitlines()] if self.log.exists() else []

    def remember(self) -> None:
        """Records the controller's requests, for an answer that repeats one."""
        answer = self.server.answer

        def remembering(method: str, path: str, body: bytes) -> Answer:
            if path.endswith("/v1/rotate"):
                LAST_SENT.clear()
                LAST_SENT.update(json.loads(body)["spec"]["encryptedData"])
            return answer(method, path, body)

        self.server.answer = remembering

    def paths(self) -> list[tuple[str, str]]:
        """The paths of the server's requests, shortened."""
        return [(request.method, request.path.replace(SERVICE, "")) for request in self.server.asked()]


class Fetch(ThroughKubectl):
    """`cert fetch`, and `--fetch-cert`."""

    def test_environment(self) -> None:
        """--env reads the service and the certificate, shows old and new, and writes one file."""
        self.serve([self.old, self.new])
        before = self.workspace.tree()
        ended = self.moltseal("cert", "fetch", "--env", "prod")
        said = ended.stderr.decode()
        self.assertRegex(said, "source: .*sealed-secrets-controller")
        self.assertIn(f"old fingerprint: {self.old.fingerprint}", said)
        self.assertIn(f"new fingerprint: {self.new.fingerprint}", said)
        self.assertRegex(said, "issued: .*day")
        self.assertEqual(ended.stdout, b"")
        prod = self.workspace.root / "prod.pem"
        self.assertEqual(oracle.fingerprint(prod), self.new.fingerprint)
        prod.write_bytes(before["prod.pem"][1])
        self.assert_same_tree(before, self.workspace.tree())
        proxied = "http:sealed-secrets-controller:http/proxy/v1/cert.pem"
        self.assertEqual(self.paths(), [("GET", "sealed-secrets-controller"), ("GET", proxied)])

    def test_pin(self) -> None:
        """Nothing is sealed for a fetched key before it is pinned; MOLTSEAL_FINGERPRINT refuses it at once."""
        self.serve([self.old, self.new])
        before = self.workspace.tree()
        expected = {"MOLTSEAL_FINGERPRINT": self.old.fingerprint}
        ended = self.moltseal("cert", "fetch", "--env", "prod", check=False, **expected)
        self.assert_refused(ended, self.new.fingerprint)
        self.assert_same_tree(before, self.workspace.tree())
        self.moltseal("cert", "fetch", "--env", "prod")
        self.workspace.commit()
        before = self.workspace.tree()
        self.assert_refused(self.moltseal("rotate", "--env", "prod", check=False), self.new.fingerprint)
        self.assert_same_tree(before, self.workspace.tree())
        self.moltseal("cert", "pin", "--env", "prod")
        self.workspace.commit()
        self.moltseal("rotate", "--env", "prod")
        for path in self.workspace.sealed_files():
            self.assertTrue(oracle.open_file(path, self.new.key))

    def test_output(self) -> None:
        """--output is a file of the workspace, and moltseal.yml names it afterwards."""
        self.moltseal("cert", "fetch", "--env", "prod", "--output", "k8s/fetched.pem")
        self.assertEqual(oracle.fingerprint(self.workspace.root / "k8s/fetched.pem"), self.old.fingerprint)
        text = (self.workspace.root / "moltseal.yml").read_text()
        self.assertEqual(yaml.safe_load(text)["environments"]["prod"]["certificate"], "k8s/fetched.pem")
        self.assertIn(CLUSTER, text)

    def test_context(self) -> None:
        """--context needs no environment: it prints the certificate, or writes it to --output."""
        before = self.workspace.tree()
        ended = self.moltseal("cert", "fetch", "--context", "lab")
        self.assertEqual(ended.stdout, self.old.certificate.read_bytes())
        self.assertRegex(ended.stderr.decode(), "old fingerprint: none")
        self.assert_same_tree(before, self.workspace.tree())
        self.moltseal("cert", "fetch", "--context", "lab", "--output", "new.pem")
        self.assertEqual((self.workspace.root / "new.pem").read_bytes(), self.old.certificate.read_bytes())

    def test_names(self) -> None:
        """Helm's name is tried after the manifest's; any other must be given. A port needs no name."""
        self.serve([self.old], name="sealed-secrets")
        ended = self.moltseal("cert", "fetch", "--context", "lab")
        self.assertRegex(ended.stderr, rb"source: .*sealed-secrets\b(?!-controller)")
        self.assertEqual([path for _, path in self.paths()][:2], ["sealed-secrets-controller", "sealed-secrets"])
        self.serve([self.old], namespace="sealing", name="sealer", port="")
        before = self.workspace.tree()
        ended = self.moltseal("cert", "fetch", "--context", "lab", check=False)
        self.assert_refused(ended, r"(?s)sealed-secrets-controller.*sealed-secrets\b(?!-controller)")
        ended = self.moltseal("cert", "fetch", "--env", "prod", check=False)
        self.assert_refused(ended, "sealed-secrets-controller")
        self.assert_same_tree(before, self.workspace.tree())
        named = ["--controller-namespace", "sealing", "--controller-name", "sealer"]
        self.assertIn(b"CERTIFICATE", self.moltseal("cert", "fetch", "--context", "lab", *named).stdout)
        self.assertTrue(self.server.requests[-1].path.endswith("/sealing/services/http:sealer:/proxy/v1/cert.pem"))

    def test_no_certificate(self) -> None:
        """An unusable certificate is refused, and the file stays."""
        small = oracle.make_keypair(self.workspace.base / "small", 1024)
        certificate = self.old.certificate.read_bytes()
        answers = {
            "HTML": b"<html>Sign in</html>",
            "nothing": b"",
            "a private key": certificate + self.old.key.read_bytes(),
            "two": certificate + self.new.certificate.read_bytes(),
            "RSA-1024": small.certificate.read_bytes(),
            "huge": b"x" * (64 << 20),
        }
        before = self.workspace.tree()
        for name, body in answers.items():
            with self.subTest(name):
                self.server.override["/cert.pem"] = [Answer(200, body)]
                self.assert_refused(self.moltseal("cert", "fetch", "--env", "prod", check=False))
                self.assert_same_tree(before, self.workspace.tree())
        with self.subTest("cut off"):
            half = {"Content-Length": str(len(certificate) + 10)}
            self.server.override["/cert.pem"] = [Answer(200, certificate, half)]
            self.assert_refused(self.moltseal("cert", "fetch", "--env", "prod", check=False))
            self.assert_same_tree(before, self.workspace.tree())

    def test_refusals(self) -> None:
        """Messages of the API server are passed on without control characters."""
        self.server.override["sealed-secrets-controller"] = [status(403, "Forbidden", "not\x1b[31m you")]
        ended = self.moltseal("cert", "fetch", "--context", "lab", check=False)
        self.assert_refused(ended, "not")
        self.assertNotIn(b"\x1b", ended.stderr)
        self.server.override["/cert.pem"] = [status(503, "ServiceUnavailable", "no endpoints available")]
        self.assert_refused(self.moltseal("cert", "fetch", "--context", "lab", check=False), "no endpoints")
        self.assert_refused(self.moltseal("cert", "fetch", "--context", "elsewhere", check=False), "elsewhere")
        self.server.stop()
        self.assert_refused(self.moltseal("cert", "fetch", "--context", "lab", check=False), "refused")

    def test_no_kubectl(self) -> None:
        """A kubectl inside the workspace is never run; without another one the error says that kubectl is missing."""
        mark = self.workspace.base / "mark"
        own = self.workspace.root / "kubectl"
        own.write_text(f"#!/bin/sh\n: > {mark}\n")
        own.chmod(0o755)
        (self.workspace.base / "link").symlink_to(self.workspace.root)
        path = f"{self.workspace.root}:.:{self.workspace.base / 'link'}"
        self.assert_refused(self.moltseal("cert", "fetch", "--context", "lab", check=False, PATH=path), "kubectl")
        self.assertFalse(mark.exists())

    def test_kubeseal(self) -> None:
        """--fetch-cert prints the certificate, or writes it to -w; flags or variables name the service."""
        certificate = self.old.certificate.read_bytes()
        self.assertEqual(self.kubeseal("--fetch-cert").stdout, certificate)
        self.assertEqual(self.kubeseal("--fetch-cert", "-w", "new.pem").stdout, b"")
        self.assertEqual((self.workspace.root / "new.pem").read_bytes(), certificate)
        self.serve([self.new], namespace="sealing", name="sealer")
        named = {"SEALED_SECRETS_CONTROLLER_NAME": "sealer", "SEALED_SECRETS_CONTROLLER_NAMESPACE": "sealing"}
        self.assertEqual(self.kubeseal("--fetch-cert", **named).stdout, self.new.certificate.read_bytes())
        flags = ["--controller-name=sealer", "--controller-namespace=sealing", f"--kubeconfig={self.config}"]
        ended = self.kubeseal("--fetch-cert", *flags, KUBECONFIG="")
        self.assertEqual(ended.stdout, self.new.certificate.read_bytes())
        self.assert_refused(self.kubeseal("--fetch-cert"), "sealed-secrets-controller")


class Online(ThroughKubectl):
    """`verify --online`, and `--validate`."""

    def three(self) -> None:
        """Two good objects in one file, one that was renamed after it was sealed, and a plain Secret."""
        moved = sealed("moved", self.old)
        moved["metadata"]["name"] = "renamed"
        (self.workspace.root / "sealed").mkdir()
        self.write("sealed/good.yml", documents(sealed("one", self.old), sealed("two", self.old)))
        self.write("sealed/moved.yml", documents(moved))
        self.write("sealed/plain.yml", PLAIN)

    def verify(self, *arguments: str, check: bool = False) -> subprocess.CompletedProcess:
        """Runs verify --online."""
        return self.moltseal("verify", "--online", "--env", "prod", *arguments, check=check)

    def verdicts(self, ended: subprocess.CompletedProcess) -> dict[str, str]:
        """Name to verdict."""
        return {found["name"]: found["verdict"] for found in json.loads(ended.stdout)["objects"]}

    def test_verdicts(self) -> None:
        """One verdict per object; the one that cannot be opened has a code and makes the exit status 4."""
        self.three()
        ended = self.verify("sealed")
        self.assertEqual(ended.returncode, 4, ended.stderr)
        self.assertRegex(ended.stdout, rb"(?m)^sealed/good\.yml:\d+: web/one: ok")
        self.assertRegex(ended.stdout, rb"(?m)^sealed/moved\.yml:\d+: web/renamed: failed")
        self.assertRegex(ended.stdout, rb"(?m)^  sealed/moved\.yml:\d+.*\[cannot-be-opened\]")
        (finding,) = [
            finding
            for found in json.loads(self.verify("sealed", "--format", "json").stdout)["objects"]
            for finding in found["findings"]
            if finding["severity"] == "error"
        ]
        self.assertEqual(finding["code"], "cannot-be-opened")
        self.assertEqual(self.verify("sealed/good.yml").returncode, 0)
        context = self.moltseal("verify", "--online", "--context", "lab", "sealed/good.yml")
        self.assertEqual(context.returncode, 0)

    def test_bodies(self) -> None:
        """Each object is sent alone and complete; what is not a SealedSecret is not sent."""
        self.three()
        self.verify("sealed")
        bodies = [oracle.load_documents(request.body.decode()) for request in self.server.asked("/v1/verify")]
        self.assertEqual([len(body) for body in bodies], [1, 1, 1])
        names = [body[0]["metadata"]["name"] for body in bodies]
        self.assertEqual(sorted(names), ["one", "renamed", "two"])
        good = oracle.load_sealed(self.workspace.root / "sealed/good.yml")
        self.assertEqual(sorted([body[0] for body in bodies if body[0] in good], key=str), sorted(good, key=str))
        self.assertFalse([request for request in self.server.requests if SECRET.encode() in request.body])

    def test_pace(self) -> None:
        """Five objects are five requests within the limit: none is refused, and they take their time."""
        self.write("five.yml", documents(*(sealed(f"s{number}", self.old) for number in range(5))))
        begun = time.monotonic()
        ended = self.verify("five.yml", "--format", "json", check=True)
        self.assertGreaterEqual(time.monotonic() - begun, 4 * 0.6)
        self.assertEqual(list(self.verdicts(ended).values()), ["ok"] * 5)
        self.assertEqual([request.status for request in self.server.asked("/v1/verify")], [200] * 5)

    def test_refused_twice(self) -> None:
        """A 429 is no verdict: the object is asked again until there is one."""
        self.three()
        self.server.override["/v1/verify"] = [TOO_MANY, TOO_MANY]
        ended = self.verify("sealed", "--format", "json")
        self.assertEqual(self.verdicts(ended), {"one": "ok", "two": "ok", "renamed": "failed"})
        answers = [request.status for request in self.server.asked("/v1/verify")]
        self.assertEqual(sorted(answers), [200, 200, 409, 429, 429])

    def test_slow_limit(self) -> None:
        """It waits for a controller that others keep busy."""
        self.serve([self.old], limiter=Limiter(1, 0))
        self.three()
        ended = self.verify("sealed", "--format", "json")
        self.assertEqual(self.verdicts(ended), {"one": "ok", "two": "ok", "renamed": "failed"})
        self.assertIn(429, [request.status for request in self.server.asked("/v1/verify")])

    def test_no_verdict(self) -> None:
        """If the controller does not answer, nothing is called good or bad."""
        self.write("one.yml", documents(sealed("one", self.old)))
        for answer in (Answer(502, b"bad gateway"), status(403, "Forbidden", "not you"), Answer(503)):
            with self.subTest(answer.status):
                self.server.override["/v1/verify"] = [answer] * 20
                ended = self.verify("one.yml")
                self.assertEqual(ended.returncode, 1, ended.stdout)
                self.assertNotRegex(ended.stdout, rb"web/one: (ok|failed)")
                self.assertNotIn(b"cannot-be-opened", ended.stdout)
        self.server.stop()
        self.assertEqual(self.verify("one.yml").returncode, 1)

    def test_not_read(self) -> None:
        """An object that the controller cannot read (500, as h006) is not called good."""
        self.write("one.yml", documents(sealed("one", self.old)))
        self.server.override["/v1/verify"] = [Answer(500)]
        ended = self.verify("one.yml")
        self.assertIn(ended.returncode, (1, 4))
        self.assertNotIn(b"web/one: ok", ended.stdout)
        self.assertIn(b"[not-read]", ended.stdout + ended.stderr)

    def test_validate(self) -> None:
        """--validate says nothing and exits with 0, or names the object and exits with 1, as kubeseal does."""
        good, bad = sealed("one", self.old), sealed("two", self.new)
        ended = self.kubeseal("--validate", stdin=documents(good))
        self.assertEqual((ended.returncode, ended.stdout), (0, b""), ended.stderr)
        self.assertEqual(self.kubeseal("--validate", stdin=json.dumps(good)).returncode, 0)
        self.assert_refused(self.kubeseal("--validate", stdin=documents(good, bad)), "two")
        path = self.write("bad.yml", documents(bad))
        self.assert_refused(self.kubeseal("--validate", "-f", str(path)), "two")
        self.server.override["/v1/verify"] = [TOO_MANY]
        self.assertEqual(self.kubeseal("--validate", stdin=documents(good)).returncode, 0)
        self.server.override["/v1/verify"] = [Answer(500)]
        self.assert_refused(self.kubeseal("--validate", stdin=documents(good)))
        asked = len(self.server.requests)
        for text in (PLAIN, "garbage", ""):
            self.assert_refused(self.kubeseal("--validate", stdin=text))
        self.assertFalse([request for request in self.server.requests[asked:] if request.method == "POST"])


class ReEncrypt(ThroughKubectl):
    """`--re-encrypt`: new ciphertexts, and everything else unchanged."""

    def setUp(self) -> None:
        super().setUp()
        self.serve([self.old, self.new])
        self.document = sealed("one", self.old, {"user": "me", "password": "p4ss"})

    def assert_renewed(self, text: str | bytes, *originals: dict) -> None:
        """Asserts that the new key opens everything, and that nothing but ciphertexts is new."""
        found = oracle.load_documents(text.decode() if isinstance(text, bytes) else text)
        self.assertEqual([*map(without_ciphertexts, found)], [*map(without_ciphertexts, originals)])
        old, new = oracle.load_key(self.old.key), oracle.load_key(self.new.key)
        for document, original in zip(found, originals):
            self.assertEqual(oracle.open_document(document, [new]), oracle.open_document(original, [old, new]))

    def test_output(self) -> None:
        """JSON by default, YAML with -o yaml; metadata, annotations, labels and type are those of the input."""
        for options in ((), ("-o", "yaml")):
            ended = self.kubeseal("--re-encrypt", *options, stdin=documents(self.document))
            self.assertEqual((ended.returncode, ended.stdout[:1] == b"{"), (0, not options), ended.stderr)
            self.assert_renewed(ended.stdout, self.document)

    def test_in_place(self) -> None:
        """-f without -w writes the file itself, -w another one; each document is a separate request."""
        second = sealed("two", self.old)
        path = self.write("sealed.yaml", documents(self.document, second))
        ended = self.kubeseal("--re-encrypt", "-f", "sealed.yaml")
        self.assertEqual((ended.returncode, ended.stdout), (0, b""), ended.stderr)
        self.assert_renewed(path.read_text(), self.document, second)
        self.assertEqual(len(self.server.asked("/v1/rotate")), 2)
        before = path.read_bytes()
        self.assertEqual(self.kubeseal("--re-encrypt", "-f", "sealed.yaml", "-w", "other.yaml").returncode, 0)
        self.assertEqual(path.read_bytes(), before)
        self.assert_renewed((self.workspace.root / "other.yaml").read_text(), self.document, second)

    def test_lock_file(self) -> None:
        """The lock file next to the file is updated: the next rotation finds everything as recorded."""
        self.moltseal("rotate", "--env", "prod", "--certificate", str(self.old.certificate), check=True)
        self.workspace.commit()
        self.moltseal("cert", "pin", "--env", "prod", self.new.fingerprint)
        self.workspace.commit()
        for name in ("app", "db"):
            path = f"k8s/secrets/{name}-sealedsecret.yml"
            ended = self.kubeseal("--re-encrypt", "-f", path)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            self.workspace.commit()
        shutil.copyfile(self.new.certificate, self.workspace.root / "prod.pem")
        self.workspace.commit()
        self.assertNotIn(self.old.fingerprint, (self.workspace.root / "k8s/secrets/moltseal.lock").read_text())
        self.moltseal("verify", "k8s/secrets", "--private-key", str(self.new.key))
        ended = self.moltseal("rotate", "--env", "prod", "--only", "signing-key", "app-password")
        self.assertRegex(ended.stdout, rb"(?m)^  (rotated|replaced) ")
        path = self.workspace.root / "k8s/secrets/app-sealedsecret.yml"
        found = oracle.open_file(path, [self.new.key])
        self.assertTrue(found)
        lock = self.workspace.root / "k8s/secrets/moltseal.lock"
        # By another spelling, or piped in, it is the same file.
        path = "k8s/secrets/app-sealedsecret.yml"
        for piped in (False, True):
            before = lock.read_bytes()
            stdin = (self.workspace.root / path).read_text() if piped else ""
            arguments = ["-w", path] if piped else ["-f", path, "-w", f"./{path}"]
            ended = self.kubeseal("--re-encrypt", "-o", "yaml", *arguments, stdin=stdin)
            self.assertEqual(ended.returncode, 0, ended.stderr)
            self.assertNotEqual(lock.read_bytes(), before)
            self.workspace.commit()
        # An item that differs from the lock file is not recorded again: somebody else changed it.
        lock.write_text(re.sub(r"(?m)^(    ciphertext: )sha256:.*", r"\1sha256:" + "0" * 64, lock.read_text()))
        self.workspace.commit()
        before = lock.read_bytes()
        self.assertEqual(self.kubeseal("--re-encrypt", "-f", "k8s/secrets/db-sealedsecret.yml").returncode, 0)
        self.assertEqual(lock.read_bytes(), before)

    def test_template_data(self) -> None:
        """`spec.template.data` stays a template: the answer's rendered item is left out."""
        document = sealed("one", self.old, data={"url": "postgresql://me:{{ .password }}@db/app"})
        rotated = json.loads(self.server.endpoint("POST", "/v1/rotate", as_json(document)).body)
        self.assertEqual(sorted(items(rotated)), ["password", "url"])
        ended = self.kubeseal("--re-encrypt", "-o", "yaml", stdin=documents(document))
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assert_renewed(ended.stdout, document)

    def test_scope(self) -> None:
        """A wider scope, another name or labels in the answer do not reach the output."""
        other = {"name": "x", "namespace": "y", "labels": {"a": "b"}}
        wide = {"annotations": {oracle.ANNOTATION_PREFIX + "cluster-wide": "true"}}
        for extra in (wide, other):
            self.server.forge = changed(lambda answer: (answer["metadata"].update(extra), answer.update(status={})))
            ended = self.kubeseal("--re-encrypt", "-o", "yaml", stdin=documents(self.document))
            if ended.returncode == 0:
                self.assert_renewed(ended.stdout, self.document)
            else:
                self.assert_refused(ended)
        kept = {**self.document, "metadata": {**self.document["metadata"], **wide}}
        public = oracle.load_key(self.old.key).public_key()
        kept["spec"] = {**kept["spec"], "encryptedData": {"user": oracle.seal(b"me", b"", public)}}
        self.server.forge = as_json
        ended = self.kubeseal("--re-encrypt", stdin=documents(kept))
        self.assert_renewed(ended.stdout, kept)

    def test_forgeries(self) -> None:
        """An answer that no honest controller gives is refused, and nothing is written or printed."""
        self.remember()
        for name, forge in FORGERIES.items():
            with self.subTest(name):
                self.write("sealed.yaml", documents(self.document))
                before = self.workspace.tree()
                self.server.forge = forge
                self.assert_refused(self.kubeseal("--re-encrypt", "-f", "sealed.yaml"))
                self.assert_same_tree(before, self.workspace.tree())

    def test_all_or_nothing(self) -> None:
        """One document that cannot be opened (b088), or an error later on, and no document is written."""
        unknown = oracle.make_keypair(self.workspace.base / "unknown")
        self.write("sealed.yaml", documents(self.document, sealed("two", unknown)))
        before = self.workspace.tree()
        self.assert_refused(self.kubeseal("--re-encrypt", "-f", "sealed.yaml"), "two")
        self.server.override["/v1/rotate"] = [status(403, "Forbidden", "not you")]
        self.assert_refused(self.kubeseal("--re-encrypt", "-f", "sealed.yaml"), "not you")
        self.assert_refused(self.kubeseal("--re-encrypt", stdin=PLAIN))
        self.assertFalse([request for request in self.server.requests if SECRET.encode() in request.body])
        self.assert_same_tree(before, self.workspace.tree())


#: A workspace with a key pair, whose next key waits in the lock file.
PAIR = """apiVersion: moltseal.dev/v1
kind: Workspace
credentials:
  signing: {generate: {kind: ed25519}, use: jwt, tokenLifetime: 1h, cacheTime: 10m}
environments:
  prod:
    deployed: false
    kustomization: k8s/kustomization.yml
    output: k8s/secrets
    certificate: prod.pem
    scopes: {api: namespace-wide}
"""
PUBLIC = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: jwks, namespace: web}\ndata: {jwks.json: '${signing.jwks}'}\n"
PRIVATE = "apiVersion: v1\nkind: Secret\nmetadata: {name: api, namespace: web}\nstringData: {KEY: '${signing}'}\n"


class Environments(ThroughKubectl):
    """`re-encrypt --env`: everything of an environment for the newest key, and an updated lock file."""

    def setUp(self) -> None:
        super().setUp()
        self.moltseal("rotate", "--env", "prod", "--certificate", str(self.old.certificate))
        self.workspace.commit()
        self.pin()

    def pin(self) -> None:
        """The controller has a newer key, which is pinned."""
        self.server.become([self.old, self.new])
        self.moltseal("cert", "pin", "--env", "prod", self.new.fingerprint)
        self.workspace.commit()

    def lock(self) -> dict:
        return yaml.safe_load((self.workspace.root / "k8s/secrets/moltseal.lock").read_text())

    def opened(self, key: oracle.KeyPair) -> list:
        files = sorted((self.workspace.root / "k8s/secrets").glob("*-sealedsecret.yml"))
        return [oracle.open_file(path, [key.key]) for path in files]

    def refused(self, words: str, *arguments: str) -> None:
        """Asserts that nothing is written, and why."""
        before = self.workspace.tree()
        ended = self.moltseal("re-encrypt", "--env", "prod", *arguments, check=False)
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertRegex(ended.stderr.decode(), words)
        self.assertIn(b"nothing was written", ended.stderr)
        self.assert_same_tree(before, self.workspace.tree())

    def test_whole(self) -> None:
        """The values are the same, every line of the lock file has the newest key, and the next run has nothing to do."""
        values, before = self.opened(self.old), self.lock()
        tree = self.workspace.tree()
        ended = self.moltseal("re-encrypt", "--env", "prod", "--dry-run")
        self.assertIn(b"would re-encrypt 5 items in 2 files; 0 are", ended.stderr)
        self.assert_same_tree(tree, self.workspace.tree())
        self.assertFalse(self.server.asked("/v1/rotate"))
        ended = self.moltseal("re-encrypt", "--env", "prod")
        self.assertIn(b"re-encrypted 5 items in 2 files", ended.stderr)
        self.assertEqual(self.opened(self.new), values)
        now = self.lock()
        self.assertEqual({item["certificate"] for item in now["items"]}, {self.new.fingerprint})
        self.assertEqual(now["credentials"], before["credentials"])
        self.workspace.commit()
        self.moltseal("verify", "k8s/secrets", "--private-key", str(self.new.key))
        asked = len(self.server.asked("/v1/rotate"))
        ended = self.moltseal("re-encrypt", "--env", "prod")
        self.assertIn(b"re-encrypted 0 items in 0 files; 5 are already sealed for the newest key", ended.stderr)
        self.assertEqual(len(self.server.asked("/v1/rotate")), asked)
        shutil.copyfile(self.new.certificate, self.workspace.root / "prod.pem")
        self.workspace.commit()
        self.assertRegex(self.moltseal("rotate", "--env", "prod", "--all").stdout, rb"(?m)^  (rotated|replaced) ")

    def test_waiting(self) -> None:
        """A next private key, which is only in the lock file, in every scope."""
        root = self.workspace.root
        shutil.rmtree(root / "k8s/secrets")
        shutil.rmtree(root / "templates")
        (root / "templates").mkdir()
        (root / "moltseal.yml").write_text(PAIR.replace("    deployed", CLUSTER + "    deployed"))
        (root / "k8s/kustomization.yml").write_text("resources: []\n")
        (root / "templates/api-template.yml").write_text(PRIVATE)
        (root / "templates/jwks-template.yml").write_text(PUBLIC)
        self.workspace.commit()
        self.server.become([self.old])
        self.moltseal("rotate", "--env", "prod", "--certificate", str(self.old.certificate))
        self.moltseal("cert", "pin", "--env", "prod", self.old.fingerprint)
        self.workspace.commit()
        self.pin()
        before = self.lock()["waiting"][0]
        self.moltseal("re-encrypt", "--env", "prod")
        after = self.lock()["waiting"][0]
        self.assertEqual((before["certificate"], after["certificate"]), (self.old.fingerprint, self.new.fingerprint))
        label = b"web"
        self.assertEqual(
            oracle.open_item(after["sealed"], label, oracle.load_key(self.new.key)),
            oracle.open_item(before["sealed"], label, oracle.load_key(self.old.key)))

    def test_refusals(self) -> None:
        """A key that is not pinned, a version before 0.40 or an unknown one, files that differ from the lock file."""
        self.moltseal("cert", "pin", "--env", "prod", self.old.fingerprint)
        text = (self.workspace.root / "moltseal.yml").read_text()
        self.write("moltseal.yml", text.replace(self.new.fingerprint, self.old.fingerprint))
        self.refused(r"newest key .* is not trusted by 'prod'.*\n.*cert fetch --env prod, then moltseal cert pin")
        self.write("moltseal.yml", text)
        self.server.image = "x/sealed-secrets:0.39.1"
        self.refused(r"has version 0\.39\.1: before 0\.40\.0.*\n.*--controller-version 0\.39\.1")
        self.assertFalse(self.server.asked("/v1/rotate"))
        self.server.image = None
        self.refused(r"version .* is unknown.*\n.*--controller-version VERSION")
        path = self.workspace.root / "k8s/secrets/app-sealedsecret.yml"
        good = path.read_text()
        odd = oracle.seal(b"x", b"demo/app", oracle.load_key(self.old.key).public_key())
        self.write("k8s/secrets/app-sealedsecret.yml", re.sub(r"(?m)^(    SIGNING_KEY: ).*", rf"\g<1>{odd}", good))
        self.refused("'SIGNING_KEY' of 'demo/app' has another ciphertext than in the lock file", "--controller-version", "0.40.0")
        path.write_text(good)
        self.refused("(?s)uncommitted|not committed|git", "--controller-version", "0.40.0")
        self.workspace.commit()
        self.server.image = "x/sealed-secrets:0.38.4"
        ended = self.moltseal("re-encrypt", "--env", "prod", "--controller-version", "0.38.4")
        self.assertRegex(ended.stderr, rb"warning: the controller .* has version 0\.38\.4: anybody who can call")

    def test_forgeries(self) -> None:
        """Forged answers are never accepted, whichever request they answer."""
        self.remember()
        for name, forge in FORGERIES.items():
            with self.subTest(name):
                self.server.forge = lambda answer, forge=forge: forge(answer) if "password" in items(answer) else as_json(answer)
                self.refused("error")

    def test_another_key(self) -> None:
        """Ciphertexts that cannot be for the newest key are refused."""
        other = oracle.make_keypair(self.workspace.base / "other", 3072)
        def forge(answer: dict) -> bytes:
            public = oracle.load_key(other.key).public_key()
            sealed = {key: oracle.seal(b"x" * 16, b"demo/db", public) for key in items(answer)}
            return as_json({**answer, "spec": {**answer["spec"], "encryptedData": sealed}})
        self.server.forge = forge
        self.refused("no matching ciphertext")

    def test_template_gone(self) -> None:
        """A file whose template is gone stays in the lock file; an unknown item stays, and is reported."""
        (self.workspace.root / "templates/app-template.yml").unlink()
        path = self.workspace.root / "k8s/secrets/db-sealedsecret.yml"
        own = oracle.seal(b"x", b"demo/db", oracle.load_key(self.old.key).public_key())
        path.write_text(path.read_text().replace("  encryptedData:\n", f"  encryptedData:\n    byhand: {own}\n", 1))
        self.workspace.commit()
        ended = self.moltseal("re-encrypt", "--env", "prod")
        self.assertIn(b"re-encrypted 5 items in 2 files", ended.stderr)
        self.assertIn(b"warning: demo/db: byhand is left unchanged", ended.stderr)
        self.assertEqual({item["certificate"] for item in self.lock()["items"]}, {self.new.fingerprint})
        self.assertIn(own, path.read_text())
        self.assertIn(b"then fetch the newest certificate too", ended.stderr)

    def test_busy(self) -> None:
        """The limit of the controller is waited for."""
        self.server.override["/v1/rotate"] = [TOO_MANY, TOO_MANY]
        tree = self.workspace.tree()
        self.moltseal("re-encrypt", "--env", "prod")
        self.assertNotEqual(tree, self.workspace.tree())
        self.assertIn(429, [request.status for request in self.server.asked("/v1/rotate")])

    def test_newer_meanwhile(self) -> None:
        """The answers may use a key that the controller makes in the meantime."""
        newer = oracle.make_keypair(self.workspace.base / "newer")
        def forge(answer: dict) -> bytes:
            self.server.become([self.old, self.new, newer])
            return as_json(answer)
        self.server.forge = forge
        self.refused("has made a newer key in the meantime")


class Care(ThroughKubectl):
    """What a user should know about the running controller; it is reported, and decides nothing."""

    def said(self, image: str | list | None, labels: dict[str, str] | None = None) -> str:
        """What verify --online says on standard error."""
        self.server.image, self.server.labels = image, labels or {}
        self.write("good.yml", documents(sealed("one", self.old)))
        ended = self.moltseal("verify", "--online", "--env", "prod", "good.yml", check=False)
        self.assertEqual(ended.returncode, 0, ended.stderr)
        return ended.stderr.decode()

    def test_versions(self) -> None:
        """Before 0.40 a warning with the minimum version, from 0.40 on none; an unknown version is reported as unknown."""
        self.server.become([self.old])
        for image, endpoints in (
            ("docker.io/bitnami/sealed-secrets-controller:0.36.6", "/v1/verify and /v1/rotate"),
            ("registry:5000/x/sealed-secrets-controller:v0.24.5@sha256:00", "/v1/verify and /v1/rotate"),
            ("bitnami/sealed-secrets:0.39.1", "/v1/rotate"),
        ):
            with self.subTest(image):
                said = self.said(image)
                self.assertRegex(said, rf"warning: the controller .* before 0\.40\.0, .* through {endpoints}\n")
                self.assertIn("hint: update it to 0.40.0 or newer; until then", said)
        for image in ("bitnami/sealed-secrets:0.40.0", "bitnami/sealed-secrets:v0.41.2-debian"):
            self.assertNotIn("warning", self.said(image))
        self.assertIn("has version 0.38.4", self.said("x/sealed-secrets@sha256:00", {"app.kubernetes.io/version": "0.38.4"}))
        odd = ("2024.11.1", "12.3", "0.40.0-rc1", "latest", "v0", "")
        for image in ("x/sealed-secrets@sha256:00", "x/other:0.30.0", *(f"x/sealed-secrets:{tag}" for tag in odd)):
            said = self.said(image)
            self.assertRegex(said, r"the controller's version is unknown: ")
            self.assertNotIn("warning", said)
        self.assertIn("unknown: its Deployment cannot be read", self.said(None))

    def test_beside(self) -> None:
        """Other programs next to the controller do not count, whatever their names are."""
        self.server.become([self.old])
        for beside in ("x/sealed-secrets/kube-rbac-proxy:0.41.0", "x/sealed-secrets-exporter:1.4.2"):
            for own in ("y/sealed-secrets-controller:0.36.6", ("sealed-secrets-controller", "y/ssc:0.36.6")):
                said = self.said([("proxy", beside), own])
                self.assertIn("has version 0.36.6: before 0.40.0", said)

    def test_newer_key(self) -> None:
        """The certificate of the repository is older than the controller's newest."""
        self.server.become([self.old])
        self.assertNotIn("newer key", self.said("bitnami/sealed-secrets:0.40.0"))
        start = oracle.now() - datetime.timedelta(minutes=1)
        newer = oracle.make_keypair(self.workspace.home / "newer", not_before=start)
        self.server.become([self.old, newer])
        said = self.said("bitnami/sealed-secrets:0.40.0")
        self.assertRegex(said, rf"has a newer key than prod\.pem: {newer.fingerprint}, since ")
        self.assertIn("hint: fetch, compare and pin it: moltseal cert fetch --env prod", said)


class Child(ThroughKubectl):
    """What kubectl is started with."""

    def test_child(self) -> None:
        """No MOLTSEAL_ variable, no ciphertext and no file name among kubectl's arguments and variables."""
        self.write("sealed.yaml", documents(sealed("one", self.old)))
        self.write("good.yml", documents(sealed("two", self.old)))
        secret = {"MOLTSEAL_API_TOKEN": SECRET, "MOLTSEAL_FINGERPRINT": self.old.fingerprint}
        self.moltseal("cert", "fetch", "--env", "prod", **secret)
        self.moltseal("verify", "--online", "--env", "prod", "good.yml", **secret)
        self.assertEqual(self.kubeseal("--re-encrypt", "-f", "sealed.yaml", **secret).returncode, 0)
        self.assertEqual(self.kubeseal("--validate", "-f", "sealed.yaml", **secret).returncode, 0)
        started = self.started()
        self.assertGreaterEqual(len(started), 6)
        for arguments, variables in started:
            self.assertFalse([name for name in variables if name.startswith("MOLTSEAL")])
            self.assertNotIn(SECRET, str(variables) + str(arguments))
            self.assertEqual(variables["KUBECONFIG"], str(self.config))
            words = [word for word in arguments if not word.startswith(("--context", "--request-timeout"))]
            self.assertIn(words[:2], (["get", "--raw"], ["create", "--raw"]))
            self.assertIn("--context", " ".join(arguments))
            self.assertNotRegex(" ".join(arguments), r"AQ|sealed\.yaml|good\.yml|-f (?!-( |$))")


if __name__ == "__main__":
    unittest.main()
