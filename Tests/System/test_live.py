"""`moltseal live` with the recorded answers of a real API server, and with clusters that lie: never a false yes."""

from __future__ import annotations

import base64
import copy
import datetime
import hashlib
import json
import os
import shutil
import subprocess
import threading
import unittest
from pathlib import Path
from typing import Callable

import yaml

from cluster import Cluster
from evidence import stamp
from workspace import TestCase, Workspace, binary

ROOT = Path(__file__).resolve().parent.parent.parent
RECORDED = Path(__file__).resolve().parent.parent / "Live"
FIRST, SECOND = "r-20261101T000000Z-0000000000000001", "r-20261124T000000Z-0000000000000002"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: rec}
spec:
  selector: {matchLabels: {app: api}}
  template:
    metadata: {labels: {app: api}}
    spec: {containers: [{name: api, image: "registry.example/api:1", envFrom: [{secretRef: {name: api}}]}]}
"""
FILES = {
    "moltseal.yml": (
        "apiVersion: moltseal.dev/v1\nkind: Workspace\ncredentials:\n"
        "  password: {generate: {kind: hex, bytes: 32}, tokenLifetime: 1h}\n"
        "environments:\n  prod:\n    deployed: false\n    kustomization: k8s/kustomization.yml\n    output: k8s/secrets\n"
        "    cluster: {context: lab}\n"
    ),
    "templates/api-template.yml": (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: api, namespace: rec}\nstringData:\n"
        "  PASSWORD: ${password}\n  OLD: ${password.previous}\n"
    ),
    "k8s/kustomization.yml": "resources: [deployment.yml]\n",
    "k8s/deployment.yml": DEPLOYMENT,
}


def recorded(name: str) -> list[dict]:
    """The objects of one file."""
    content = json.loads((RECORDED / f"{name}.json").read_text())
    return content["items"] if content["kind"] == "List" else [content]


def state(*names: str) -> list[dict]:
    """The objects of several files."""
    return [copy.deepcopy(item) for name in names for item in recorded(name)]


def one(objects: list[dict], kind: str, index: int = 0) -> dict:
    """An object by its kind."""
    return [item for item in objects if item["kind"] == kind][index]


def digest(ciphertext: str) -> str:
    """The digest as in the lock file."""
    return "sha256:" + hashlib.sha256(base64.b64decode(ciphertext)).hexdigest()


def lock(sealed: dict, credential: str = "password") -> str:
    """The lock file of somebody who sealed this."""
    rotation = sealed["metadata"]["annotations"]["moltseal.dev/rotation"]
    lines = [
        "apiVersion: moltseal.dev/v1\nkind: Lock\nenvironment: prod\nlive: true\ncredentials:",
        f'  {credential}: {{generation: 2, phase: rotated, rotation: {rotation}, time: "2026-11-24T00:00:00Z"}}\nitems:',
    ]
    for key, value in sealed["spec"]["encryptedData"].items():
        lines.append(
            f'  - secret: {sealed["metadata"]["name"]}\n    namespace: rec\n    key: {key}\n'
            f'    expression: "${{{credential}}}"\n    scope: strict\n    certificate: sha256:{"0" * 64}\n'
            f'    ciphertext: {digest(value)}\n    rotations: {{{credential}: {rotation}}}'
        )
    return "\n".join(lines) + "\n"


def ago(**span: float) -> str:
    """A time before now, as Kubernetes writes it."""
    return stamp(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**span))


class LiveCase(TestCase):
    """A workspace, and a cluster with given answers."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.cluster = Cluster()
        cls.addClassCleanup(cls.cluster.close)

    def setUp(self) -> None:
        self.workspace = self.keep(Workspace.of(FILES))
        self.config = self.cluster.write_kubeconfig(self.workspace.base / "kubeconfig")
        self.cluster.forbidden, self.cluster.unknown, self.cluster.page = set(), {"clusters"}, 1000
        self.cluster.broken = {}

    def seal(self, sealed: dict) -> None:
        """Puts this SealedSecret into the repository."""
        folder = self.workspace.root / "k8s/secrets"
        folder.mkdir(exist_ok=True)
        plain = {key: sealed[key] for key in ("apiVersion", "kind", "metadata", "spec")}
        (folder / "api-sealedsecret.yml").write_text(yaml.safe_dump(plain))
        (folder / "moltseal.lock").write_text(lock(sealed))
        self.workspace.commit()

    def facts(self, objects: list[dict], credential: str = "password") -> dict[str, tuple[str, str]]:
        """What `live` says: fact → answer and reason."""
        self.cluster.objects = objects
        self.cluster.requests.clear()
        finished = self.workspace.run(
            "live", "--env", "prod", "--format", "json", variables={"KUBECONFIG": str(self.config)}
        )
        self.assertTrue(all(verb == "GET" for verb, _ in self.cluster.requests))
        evidence = json.loads(finished.stdout)
        (found,) = [item for item in evidence["credentials"] if item["name"] == credential]
        return {fact["fact"]: (fact["answer"], fact["because"]) for fact in found["facts"]}

    def answers(self, objects: list[dict], *facts: str) -> list[str]:
        """The answers alone."""
        said = self.facts(objects)
        return [said[fact][0] for fact in facts]


SERVICE_ACCOUNT = Path("/var/run/secrets/kubernetes.io/serviceaccount")


@unittest.skipUnless(os.geteuid() == 0 and not SERVICE_ACCOUNT.exists(), "the files of a pod cannot be made here")
class InPod(LiveCase):
    """A pod with a ServiceAccount and no kubeconfig."""

    def setUp(self) -> None:
        super().setUp()
        made = [folder for folder in (SERVICE_ACCOUNT, *SERVICE_ACCOUNT.parents) if not folder.exists()]
        SERVICE_ACCOUNT.mkdir(parents=True)
        self.addCleanup(shutil.rmtree, made[-1])
        key, certificate = self.workspace.base / "tls.key", SERVICE_ACCOUNT / "ca.crt"
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "9", "-subj", "/CN=api",
             "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate],
            check=True, capture_output=True,
        )  # fmt: skip
        (SERVICE_ACCOUNT / "token").write_text("the-token-of-the-pod")
        self.pod = Cluster(tls=(certificate, key))
        self.addCleanup(self.pod.close)
        self.pod.token, self.pod.unknown = "the-token-of-the-pod", {"clusters"}
        self.pod.objects = state(*GOOD)
        self.seal(one(state("s03-unsealed-sealedsecret"), "SealedSecret"))
        self.variables = {
            "KUBERNETES_SERVICE_HOST": "127.0.0.1",
            "KUBERNETES_SERVICE_PORT": str(self.pod.server.server_address[1]),
            "KUBECONFIG": "",
            "HOME": str(self.workspace.base),
        }

    def test_live(self) -> None:
        """The cluster is called with the pod's own token and without a context; the token is in no argument."""
        self.assertIn("context: lab", FILES["moltseal.yml"])
        finished = self.workspace.run("live", "--env", "prod", "--format", "json", variables=self.variables)
        self.assertTrue(self.pod.requests)
        (found,) = [c for c in json.loads(finished.stdout)["credentials"] if c["name"] == "password"]
        self.assertEqual({f["fact"]: f["answer"] for f in found["facts"]}["rolled"], "yes")
        self.assertNotIn(b"the-token-of-the-pod", finished.stdout + finished.stderr)

    def test_cronjob(self) -> None:
        """The lines of the documented CronJob: each look continues the last one, and is stored on the branch `evidence`."""
        folder = self.workspace.base / "scratch"
        job = next(yaml.safe_load_all((ROOT / "docs/manifests/live-cronjob/cronjob.yml").read_text()))
        (container,) = job["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
        remote = self.workspace.base / "remote.git"
        self.workspace.commit()
        self.workspace.git("clone", "-q", "--bare", str(self.workspace.root), str(remote))
        (SERVICE_ACCOUNT / "namespace").write_text("rec")
        self.pod.objects.append({"kind": "ConfigMap", "metadata": {"name": "moltseal-looks", "namespace": "rec"}, "data": {"prod.json": ""}})
        self.pod.writable = {"moltseal-looks"}
        tools = self.workspace.base / "tools"
        tools.mkdir()
        (tools / "moltseal").symlink_to(binary().resolve())
        variables = self.workspace.environment(
            {**self.variables, "REPOSITORY": f"file://{remote}", "PATH": f"{tools}:{os.environ['PATH']}"})
        looks = []
        for _ in range(2):
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            lines = container["args"][0].replace("/scratch", str(folder))
            ended = subprocess.run([*container["command"], lines], cwd=folder, env=variables, capture_output=True, check=False)
            self.assertEqual(ended.returncode, 0, ended.stderr.decode())
            kept = one(self.pod.objects, "ConfigMap")["data"]["prod.json"]
            self.assertEqual(self.workspace.git("--git-dir", str(remote), "show", "evidence:prod.json").strip(), kept.strip())
            looks.append(json.loads(kept))
        self.assertEqual(self.workspace.git("--git-dir", str(remote), "rev-list", "--count", "evidence").strip(), "1")
        self.assertEqual(looks[1]["environment"], "prod")
        first, second = ([c.get("look") for c in look["credentials"]] for look in looks)
        self.assertTrue(any(first))
        self.assertEqual(first, second, "the earliest look counts")

    def test_named_context(self) -> None:
        """A context named on the command line is not ignored."""
        finished = self.workspace.run("live", "--env", "prod", "--context", "x", variables=self.variables, check=False)
        self.assertEqual(finished.returncode, 1)
        self.assertIn(b"x", finished.stderr)

    def test_refused(self) -> None:
        """A token that the server refuses ends it; so does a kubeconfig, which counts before the pod's files."""
        self.pod.token = "another"
        finished = self.workspace.run("live", "--env", "prod", variables=self.variables, check=False)
        self.assertNotIn(b"the-token-of-the-pod", finished.stdout + finished.stderr)
        self.assertNotIn(b" yes ", finished.stdout)
        self.pod.requests.clear()
        self.cluster.objects = state(*GOOD)
        self.workspace.run("live", "--env", "prod", variables=self.variables | {"KUBECONFIG": str(self.config)})
        self.assertEqual(self.pod.requests, [])


class Recorded(LiveCase):
    """The ten recorded states."""

    def check(self, files: list[str], expected: list[str], sealed: dict | None = None) -> None:
        """Synced, unsealed and rolled in a state; the repository has the SealedSecret of that state, or another one."""
        objects = state(*files)
        self.seal(sealed or one(objects, "SealedSecret"))
        self.assertEqual(self.answers(objects, "synced", "unsealed", "rolled"), expected, files)

    def test_s01(self) -> None:
        """The first rotation has arrived completely."""
        self.check(
            ["s01-synced-sealedsecret", "s01-synced-secret", "s01-rolled-deployment", "s01-rolled-pods"],
            ["yes", "yes", "yes"],
        )

    def test_not_synced(self) -> None:
        """The repository is ahead of the cluster."""
        self.check(
            ["s01-synced-sealedsecret", "s01-synced-secret", "s01-rolled-deployment", "s01-rolled-pods"],
            ["no", "no", "no"],
            one(state("s03-unsealed-sealedsecret"), "SealedSecret"),
        )

    def test_s02(self) -> None:
        """Applied, but not yet processed by the controller."""
        self.check(
            [
                "s02-applied-not-unsealed-sealedsecret",
                "s02-applied-not-unsealed-secret",
                "s01-rolled-deployment",
                "s01-rolled-pods",
            ],
            ["yes", "no", "no"],
        )

    def test_s03(self) -> None:
        """The controller is done, and the pods have the first rotation."""
        self.check(
            ["s03-unsealed-sealedsecret", "s03-unsealed-secret", "s01-rolled-deployment", "s01-rolled-pods"],
            ["yes", "yes", "no"],
        )

    def test_s04(self) -> None:
        """Rolling."""
        self.check(
            ["s03-unsealed-sealedsecret", "s03-unsealed-secret", "s04-rolling-deployment", "s04-rolling-pods"],
            ["yes", "yes", "no"],
        )

    def test_s05(self) -> None:
        """Rolled."""
        self.check(
            ["s03-unsealed-sealedsecret", "s03-unsealed-secret", "s05-rolled-deployment", "s05-rolled-pods"],
            ["yes", "yes", "yes"],
        )

    def test_s06(self) -> None:
        """A paused Deployment cannot roll."""
        files = ["s03-unsealed-sealedsecret", "s03-unsealed-secret", "s06-paused-deployment", "s05-rolled-pods"]
        self.check(files, ["yes", "yes", "no"])
        self.assertRegex(self.facts(state(*files))["rolled"][1], "Deployment/api is paused and cannot roll")

    def test_s07(self) -> None:
        """Edited by hand, although the SealedSecret says that it is synced."""
        self.check(
            [
                "s07-edited-by-hand-sealedsecret",
                "s07-edited-by-hand-secret",
                "s05-rolled-deployment",
                "s05-rolled-pods",
            ],
            ["yes", "no", "no"],
        )

    def test_s08(self) -> None:
        """Sealed for another namespace."""
        files = ["s08-cannot-decrypt-sealedsecret", "s05-rolled-deployment", "s05-rolled-pods"]
        objects = state(*files)
        for item in objects:
            if item["kind"] == "SealedSecret":
                item["metadata"]["name"] = "api"
        self.seal(one(objects, "SealedSecret"))
        said = self.facts(objects)
        self.assertEqual(said["unsealed"][0], "no")
        self.assertIn("no key could decrypt secret", said["unsealed"][1])
        self.assertEqual(said["rolled"][0], "no")

    def test_s09(self) -> None:
        """A Secret that the controller does not own."""
        objects = state("s09-unmanaged-sealedsecret", "s09-unmanaged-secret", "s05-rolled-deployment", "s05-rolled-pods")
        for item in objects:
            if item["metadata"]["name"] == "own":
                item["metadata"]["name"] = "api"
        self.seal(one(objects, "SealedSecret"))
        self.assertEqual(self.answers(objects, "unsealed", "rolled"), ["no", "no"])

    def test_s10(self) -> None:
        """The controller could not write its status: the answer is unknown, with the remedy."""
        objects = state("s10-stuck-sealedsecret", "s10-stuck-secret", "s05-rolled-deployment", "s05-rolled-pods")
        self.seal(one(objects, "SealedSecret"))
        said = self.facts(objects)
        self.assertEqual([said["unsealed"][0], said["rolled"][0]], ["unknown", "unknown"])
        self.assertRegex(said["unsealed"][1], "could not write its status; restart the controller")

    def test_nothing_there(self) -> None:
        """An empty cluster, one without the kind, and one that answers nothing."""
        self.seal(one(state("s03-unsealed-sealedsecret"), "SealedSecret"))
        self.assertEqual(self.answers([], "synced", "unsealed", "rolled"), ["no", "no", "no"])
        self.cluster.unknown = {"sealedsecrets"}
        self.assertEqual(self.answers([], "synced", "unsealed", "rolled"), ["no", "no", "no"])
        self.cluster.unknown, self.cluster.forbidden = set(), {"sealedsecrets"}
        self.assertEqual(self.answers([], "synced", "unsealed", "rolled"), ["unknown", "unknown", "unknown"])


GOOD = ["s03-unsealed-sealedsecret", "s03-unsealed-secret", "s05-rolled-deployment", "s05-rolled-pods"]


class Lies(LiveCase):
    """A state in which everything has arrived, except one thing."""

    def setUp(self) -> None:
        super().setUp()
        self.seal(one(state("s03-unsealed-sealedsecret"), "SealedSecret"))

    def rolled(self, change: Callable[[list[dict]], object]) -> tuple[str, str]:
        """The answer about the pods after a change."""
        objects = state(*GOOD)
        change(objects)
        return self.facts(objects)["rolled"]

    def test_control(self) -> None:
        """Without a change the answer is yes, also in pages."""
        self.assertEqual(self.rolled(lambda objects: None)[0], "yes")
        self.cluster.page = 1
        self.assertEqual(self.rolled(lambda objects: None)[0], "yes")
        self.assertTrue(any("continue=1" in path for _, path in self.cluster.requests))

    def test_no(self) -> None:
        """Each of these is a no."""

        def pod(objects: list[dict]) -> dict:
            return one(objects, "Pod")

        def old_pod(objects: list[dict]) -> dict:
            copied = copy.deepcopy(pod(objects))
            copied["metadata"]["name"] = "api-old"
            copied["metadata"]["annotations"]["moltseal.dev/rotation-api"] = FIRST
            copied["metadata"]["deletionTimestamp"] = "2026-11-24T06:00:00Z"
            objects.append(copied)
            return copied

        def running(objects: list[dict]) -> dict:
            return pod(objects)["status"]["containerStatuses"][0]

        cases: dict[str, Callable[[list[dict]], object]] = {
            "an old pod that is ending": old_pod,
            "an old pod on the last page": lambda objects: objects.insert(0, old_pod(objects)),
            "a pod of before the unseal": lambda objects: running(objects)["state"]["running"].update(
                startedAt="2026-11-24T05:57:05Z"
            ),
            "a pod that waits": lambda objects: running(objects).update(
                state={"waiting": {"reason": "CrashLoopBackOff"}}
            ),
            "a pod that has not started": lambda objects: pod(objects).update(status={"phase": "Pending"}),
            "an observed generation that is old": lambda objects: one(objects, "Deployment")["status"].update(
                observedGeneration=1
            ),
            "a replica too few": lambda objects: one(objects, "Deployment")["status"].update(updatedReplicas=1),
            "one not available": lambda objects: one(objects, "Deployment")["status"].update(availableReplicas=1),
            "one too many": lambda objects: one(objects, "Deployment")["status"].update(replicas=3),
            "no Deployment": lambda objects: objects.remove(one(objects, "Deployment")),
            "a template of before": lambda objects: one(objects, "Deployment")["spec"]["template"]["metadata"][
                "annotations"
            ].update({"moltseal.dev/rotation-api": FIRST}),
            "a Secret that is ending": lambda objects: one(objects, "Secret")["metadata"].update(
                deletionTimestamp="2026-11-24T06:00:00Z"
            ),
            "a Secret that kubectl has edited": lambda objects: one(objects, "Secret")["metadata"].update(
                managedFields=[
                    {"manager": "kubectl-edit", "time": "2026-11-24T07:00:00Z", "fieldsV1": {"f:data": {}}}
                ]
            ),
            "another ciphertext": lambda objects: one(objects, "SealedSecret")["spec"]["encryptedData"].update(
                PASSWORD=one(state("s01-synced-sealedsecret"), "SealedSecret")["spec"]["encryptedData"]["PASSWORD"]
            ),
            "a previous item that is still there": lambda objects: one(objects, "SealedSecret")["spec"][
                "encryptedData"
            ].update(OLD="AAAA"),
            "a StatefulSet beside it": lambda objects: objects.append(
                {**copy.deepcopy(one(objects, "Deployment")), "kind": "StatefulSet"}
                | {
                    "status": {
                        "observedGeneration": 2,
                        "replicas": 2,
                        "availableReplicas": 2,
                        "currentRevision": "a",
                        "updateRevision": "b",
                    }
                }
            ),
        }
        for name, change in cases.items():
            with self.subTest(name):
                self.assertEqual(self.rolled(change)[0], "no", self.rolled(change))

    def test_gone(self) -> None:
        """A Secret that does not exist, and may be read, is a no."""
        objects = state(*GOOD)
        objects.remove(one(objects, "Secret"))
        said = self.facts(objects)
        self.assertEqual([said["unsealed"][0], said["rolled"][0]], ["no", "no"])

    def test_numbers(self) -> None:
        """Absurd numbers do not end the program."""
        objects = state(*GOOD)
        one(objects, "Deployment")["spec"]["template"]["spec"]["terminationGracePeriodSeconds"] = 2**63 - 1
        self.assertEqual(self.facts(objects)["expired"][0], "no")

    def test_unknown(self) -> None:
        """What may not be read is unknown; a Secret that may not be read is reported."""
        for plural in ("pods", "deployments", "statefulsets", "daemonsets"):
            with self.subTest(plural):
                self.cluster.forbidden = {plural}
                answer, reason = self.rolled(lambda objects: None)
                self.assertEqual(answer, "unknown")
                self.assertIn(plural, reason)
        self.cluster.forbidden = set()
        # Every cluster has these kinds: a server without them does not answer for the cluster.
        for plural in ("pods", "deployments", "statefulsets", "daemonsets"):
            with self.subTest(plural, status=404):
                self.cluster.unknown = {plural}
                answer, reason = self.rolled(lambda objects: None)
                self.assertEqual(answer, "unknown")
                self.assertIn(plural, reason)
        self.cluster.unknown = set()
        self.cluster.forbidden = {"secrets"}
        said = self.facts(state(*GOOD))
        self.assertEqual(said["unsealed"][0], "yes")
        self.assertIn("Secret/api was not read", said["unsealed"][1])

    def test_watch(self) -> None:
        """It looks again until everything has arrived."""
        variables = {"KUBECONFIG": str(self.config)}
        rolling = state(*GOOD)
        one(rolling, "Deployment")["status"]["updatedReplicas"] = 1
        self.cluster.objects = rolling
        timer = threading.Timer(2, lambda: setattr(self.cluster, "objects", state(*GOOD)))
        timer.start()
        self.addCleanup(timer.cancel)
        finished = self.workspace.run("live", "--env", "prod", "--watch", variables=variables)
        lines = finished.stdout.decode().splitlines()
        heads = [number for number, line in enumerate(lines) if line.startswith("  CREDENTIAL ")]
        rolled = [lines[head + 1].split()[lines[head].split().index("PODS")] for head in heads]
        self.assertEqual(rolled, ["no", "yes"])
        finished = self.workspace.run(
            "live", "--env", "prod", "--watch", "--format", "json", variables=variables, check=False
        )
        self.assertEqual(finished.returncode, 64)

    def test_no_value_is_read(self) -> None:
        """The values of the Secret do not leave kubectl."""
        finished = self.workspace.run("live", "--env", "prod", variables={"KUBECONFIG": str(self.config)})
        self.assertNotIn(b"second-value", finished.stdout + finished.stderr)

    def test_no_server(self) -> None:
        """If no server answers, this is reported, and there is no evidence."""
        gone = Cluster()
        config = gone.write_kubeconfig(self.workspace.base / "gone")
        gone.close()
        finished = self.workspace.run(
            "live", "--env", "prod", variables={"KUBECONFIG": str(config)}, check=False
        )
        self.assertEqual(finished.returncode, 1)
        self.assertRegex(finished.stderr.decode(), "kubectl: .*refused")


ROLES = {
    "moltseal.yml": (
        "apiVersion: moltseal.dev/v1\nkind: Workspace\ncredentials:\n"
        "  db: {generate: {kind: hex, bytes: 32}, roles: {a: app_a, b: app_b}, rotateEvery: 90d}\n"
        "environments:\n  prod:\n    deployed: false\n    kustomization: k8s/kustomization.yml\n    output: k8s/secrets\n"
        "    certificate: prod.pem\n    cluster: {context: lab}\n"
    ),
    "templates/db-template.yml": (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: rec}\ntype: kubernetes.io/basic-auth\n"
        "stringData:\n  username: ${db.role}\n  password: ${db}\n"
    ),
    "k8s/kustomization.yml": "resources: [deployment.yml]\n",
    "k8s/deployment.yml": DEPLOYMENT.replace("name: api}}]", "name: db-a}}]"),
}


def template_of(pod: dict) -> dict:
    """The source of pods."""
    return {"spec": {"template": {"spec": pod}}}


class RolesCase(LiveCase):
    """A pair of roles, sealed by the binary; the cluster is what kustomize builds, with a status."""

    def setUp(self) -> None:
        super().setUp()
        self.workspace = self.keep(Workspace.of(ROLES))
        self.config = self.cluster.write_kubeconfig(self.workspace.base / "kubeconfig")
        self.cluster.unknown = set()
        self.workspace.run("rotate", "--env", "prod")
        self.workspace.commit()

    def arrived(self) -> list[dict]:
        """Everything as in the repository."""
        objects: list[dict] = []
        for index, sealed in enumerate(
            yaml.safe_load_all((self.workspace.root / "k8s/secrets/db-sealedsecret.yml").read_text())
        ):
            sealed["metadata"]["generation"] = 1
            time = ago(minutes=5)
            sealed["status"] = {
                "observedGeneration": 1,
                "conditions": [{"type": "Synced", "status": "True", "lastUpdateTime": time}],
            }
            template = sealed["spec"]["template"]["metadata"]["annotations"]
            metadata = {"name": sealed["metadata"]["name"], "namespace": "rec", "annotations": template}
            objects += [sealed, {"kind": "Secret", "metadata": metadata | {"resourceVersion": str(100 + index)}}]
        names = {role: f"db-{role[-1]}" for role in ("app_a", "app_b")}
        objects.append(
            {
                "kind": "Cluster",
                "metadata": {"name": "pg", "namespace": "rec"},
                "spec": {
                    "managed": {
                        "roles": [
                            {"name": role, "login": True, "passwordSecret": {"name": name}}
                            for role, name in names.items()
                        ]
                    }
                },
                "status": {
                    "managedRolesStatus": {
                        "byStatus": {"reconciled": ["app_a", "app_b"]},
                        "passwordStatus": {
                            "app_a": {"resourceVersion": "100", "transactionID": 7},
                            "app_b": {"resourceVersion": "101", "transactionID": 8},
                        },
                    }
                },
            }
        )
        pod = {"containers": [{"name": "api", "envFrom": [{"secretRef": {"name": "db-a"}}]}]}
        status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
        objects.append(
            {
                "kind": "Deployment",
                "metadata": {"name": "api", "namespace": "rec", "generation": 1},
                "spec": {"replicas": 1, "template": {"metadata": {}, "spec": pod}},
                "status": status,
            }
        )
        start = {"state": {"running": {"startedAt": ago()}}}
        objects.append(
            {
                "kind": "Pod",
                "metadata": {"name": "api-1", "namespace": "rec"},
                "spec": copy.deepcopy(pod),
                "status": {"phase": "Running", "containerStatuses": [start]},
            }
        )
        return objects

    def said(self, fact: str, change: Callable[[list[dict]], object] = lambda objects: None) -> tuple[str, str]:
        """One fact after a change."""
        objects = self.arrived()
        change(objects)
        return self.facts(objects, "db")[fact]

    def reading_from(self, host: str) -> list[dict]:
        """Everything arrived, and a pod that reads from this host of a cluster with two instances."""
        found = self.arrived()
        one(found, "Cluster")["status"]["currentPrimary"] = "pg-1"
        one(found, "Pod")["spec"]["containers"][0]["env"] = [{"name": "URL", "value": f"postgres://{host}:5432/app"}]
        for number in (1, 2):
            command = ["/controller/manager", "instance", "run", "--status-port-tls"]
            found.append({
                "kind": "Pod",
                "metadata": {"name": f"pg-{number}", "namespace": "rec", "labels": {"cnpg.io/cluster": "pg"}},
                "spec": {"containers": [{"name": "postgres", "command": command}]}, "status": {"phase": "Running"},
            })
        return found

    def status(self, primary: str, replayed: str) -> None:
        """The status of the two instances."""
        path = "/api/v1/namespaces/rec/pods/https:pg-{}:8000/proxy/pg/status"
        self.addCleanup(setattr, self.cluster, "proxied", {})
        self.cluster.proxied = {
            path.format(1): {"isPrimary": True, "currentLsn": primary},
            path.format(2): {"isPrimary": False, "replayLsn": replayed, "receivedLsn": primary},
        }


class Roles(RolesCase):
    """The answers about a pair."""

    def test_arrived(self) -> None:
        """The control."""
        for fact in ("synced", "unsealed", "altered", "rolled", "released"):
            self.assertEqual(self.said(fact)[0], "yes", fact)

    def test_altered(self) -> None:
        """Whether the database has the password of the idle role."""

        def roles(objects: list[dict]) -> dict:
            return one(objects, "Cluster")["status"]["managedRolesStatus"]

        cases: list[tuple[str, str, Callable[[list[dict]], object]]] = [
            ("a stale version", "no", lambda o: roles(o)["passwordStatus"]["app_b"].update(resourceVersion="99")),
            ("cannot reconcile", "no", lambda o: roles(o).update(cannotReconcile={"app_b": ["permission denied"]})),
            ("not reconciled", "no", lambda o: roles(o)["byStatus"].update(reconciled=["app_a"])),
            ("no status of it", "unknown", lambda o: roles(o)["passwordStatus"].pop("app_b")),
            ("another Secret", "no", lambda o: one(o, "Cluster")["spec"]["managed"]["roles"][1].update(
                passwordSecret={"name": "elsewhere"})),
            *((str(change), answer, lambda o, change=change: one(o, "Cluster")["spec"]["managed"]["roles"][1].update(
                change)) for change, answer in [
                    ({"ensure": "absent"}, "no"), ({"ensure": "present"}, "yes"), ({"login": False}, "no"),
                    ({"login": None}, "no"), ({"connectionLimit": 0}, "no"), ({"connectionLimit": -1}, "yes"),
                    ({"validUntil": "2020-01-01T00:00:00Z"}, "no"), ({"validUntil": "2999-01-01T00:00:00Z"}, "yes"),
                    ({"validUntil": "soon"}, "no")]),
            ("no Cluster", "unknown", lambda o: o.remove(one(o, "Cluster"))),
            ("no Secret", "no", lambda o: o.remove(one(o, "Secret", 1))),
            ("not unsealed", "no", lambda o: (
                one(o, "SealedSecret", 1)["status"].update(observedGeneration=0),
                one(o, "Secret", 1)["metadata"].update(annotations={}))),
            ("a newer Secret", "no", lambda o: one(o, "Secret", 1)["metadata"].update(resourceVersion="102")),
        ]
        for name, expected, change in cases:
            with self.subTest(name):
                self.assertEqual(self.said("altered", change)[0], expected, self.said("altered", change))
        self.cluster.forbidden = {"secrets"}
        self.assertEqual(self.said("altered")[0], "unknown")
        self.cluster.forbidden = {"clusters"}
        self.assertEqual(self.said("altered")[0], "unknown")

    def test_standbys(self) -> None:
        """If something reads from standbys, each must have replayed what the primary had written."""
        for host in ("pg-rw", "pg-ro-x", "my-pg-ro", "elsewhere.pg-r"):
            self.assertEqual(self.facts(self.reading_from(host), "db")["altered"][0], "yes", host)
        for host in ("pg-ro", "pg-r", "pg-ro.rec.svc"):
            self.assertEqual(self.facts(self.reading_from(host), "db")["altered"][0], "unknown", host)
        self.status("0/3000148", "0/3000148")
        self.assertEqual(self.facts(self.reading_from("pg-ro"), "db")["altered"][0], "yes")
        self.status("1/3000148", "0/FFFFFFFF")
        answer, reason = self.facts(self.reading_from("pg-ro"), "db")["altered"]
        self.assertEqual(answer, "no")
        self.assertIn("Pod/pg-2, a standby, lags", reason)
        for primary, replayed in (("0/3000148", ""), ("", "0/1"), ("0/3000148", "0/x"), ("0/1", "18446744073709551616/1")):
            self.status(primary, replayed)
            self.assertEqual(self.facts(self.reading_from("pg-ro"), "db")["altered"][0], "unknown", (primary, replayed))

    def test_released(self) -> None:
        """Whether anything names the Secret of the idle role."""
        pod = {"containers": [{"name": "c", "env": [
            {"name": "U", "valueFrom": {"secretKeyRef": {"name": "db-b", "key": "uri"}}}]}]}
        template = template_of(pod)
        ended = {"state": {"terminated": {"finishedAt": "2026-11-24T06:00:00Z"}}}

        def over(condition: str) -> dict:
            return {"conditions": [{"type": condition, "status": "True"}]}

        cases: list[tuple[str, dict, str]] = [
            ("Pod", {"spec": pod, "status": {"phase": "Running"}}, "no"),
            ("Pod", {"spec": pod, "status": {"phase": "Pending"}}, "no"),
            ("Pod", {"spec": pod | {"nodeName": "n"}, "status": {"phase": "Succeeded"}}, "no"),
            ("Pod", {"spec": pod, "status": {"phase": "Failed", "containerStatuses": [ended]}}, "yes"),
            ("Pod", {"spec": pod, "metadata": {"deletionTimestamp": "2026-11-24T06:00:00Z"}}, "no"),
            ("Deployment", template, "no"),
            ("StatefulSet", template, "no"),
            ("Job", template, "no"),
            ("Job", template | {"status": over("Complete")}, "yes"),
            ("Job", template | {"status": over("Failed")}, "yes"),
            ("Job", template | {"status": over("Failed") | {"active": 1}}, "no"),
            ("Job", template | {"status": over("Suspended")}, "no"),
            ("ReplicationController", {"spec": {**template["spec"], "replicas": 0}}, "yes"),
            ("ReplicationController", template, "no"),
            ("CronJob", {"spec": {"jobTemplate": template}}, "no"),
            ("ReplicaSet", {"spec": {**template["spec"], "replicas": 1}}, "no"),
            ("ReplicaSet", {"spec": {**template["spec"], "replicas": 0}}, "yes"),
            ("ReplicaSet", {"spec": {**template["spec"], "replicas": 0}, "status": {"replicas": 1}}, "no"),
        ]
        for kind, content, expected in cases:
            with self.subTest(kind, content=content):
                item = {"kind": kind, **content}
                item["metadata"] = {"name": "holder", "namespace": "rec", **content.get("metadata", {})}
                answer = self.said("released", lambda objects, item=item: objects.append(item))
                self.assertEqual(answer[0], expected, answer)
        self.assertEqual(self.said("released", lambda objects: objects.clear())[0], "no", "an empty cluster")

        def not_rolled(objects: list[dict]) -> None:
            one(objects, "Deployment")["status"]["updatedReplicas"] = 0

        self.assertEqual(self.said("released", not_rolled)[0], "no")
        # A copy that another tool makes elsewhere.
        path = self.workspace.root / "templates/db-template.yml"
        annotation = 'annotations: {replicator.v1.mittwald.de/replicate-to: "jobs"}'
        before = path.read_text()
        path.write_text(before.replace("namespace: rec}", "namespace: rec, " + annotation + "}"))
        elsewhere = {"kind": "CronJob", "metadata": {"name": "dump", "namespace": "jobs"},
                     "spec": {"jobTemplate": template_of(pod)}}
        self.assertEqual(self.said("released", lambda objects: objects.append(elsewhere))[0], "no")
        self.assertEqual(self.said("released")[0], "yes")
        path.write_text(before)
        for plural in ("pods", "replicasets", "jobs", "cronjobs", "replicationcontrollers"):
            self.cluster.forbidden = {plural}
            self.assertEqual(self.said("released")[0], "unknown", plural)

    def test_rotate_live(self) -> None:
        """The whole sequence: flip, roll, renew, each when the cluster has arrived."""
        variables = {"KUBECONFIG": str(self.config)}
        self.cluster.objects = self.arrived()
        self.workspace.run("rotate", "--env", "prod", "--only", "db", "--live", variables=variables)
        self.assertEqual(self.workspace.git("diff", "--numstat", "--", "k8s/kustomization.yml").split()[:2], ["1", "1"])
        self.workspace.commit()
        finished = self.workspace.run("rotate", "--env", "prod", "--live", variables=variables, check=False)
        # A step is due, and waits.
        self.assertEqual(finished.returncode, 3, finished.stderr)
        self.assertRegex(finished.stdout, rb"renew \w+: waits until nothing uses the idle role any more")
        objects = self.arrived()
        for item in objects:
            if item["kind"] in ("Deployment", "Pod"):
                spec = item["spec"].get("template", item)["spec"]
                spec["containers"][0]["envFrom"][0]["secretRef"]["name"] = "db-b"
        self.cluster.objects = objects
        self.workspace.run("rotate", "--env", "prod", "--live", variables=variables)
        self.assertEqual(
            self.workspace.git("diff", "--name-only").split(),
            ["k8s/secrets/db-sealedsecret.yml", "k8s/secrets/moltseal.lock"],
        )


class Published(LiveCase):
    """A key pair, whose public keys are in a ConfigMap."""

    def setUp(self) -> None:
        super().setUp()
        files = {
            "moltseal.yml": (
                "apiVersion: moltseal.dev/v1\nkind: Workspace\ncredentials:\n"
                "  signing: {generate: {kind: ed25519}, tokenLifetime: 1h, cacheTime: 10m}\n"
                "environments:\n  prod:\n    deployed: false\n    kustomization: k8s/kustomization.yml\n"
                "    output: k8s/secrets\n    certificate: prod.pem\n    cluster: {context: lab}\n"
            ),
            "templates/api-template.yml": (
                "apiVersion: v1\nkind: Secret\nmetadata: {name: api, namespace: rec}\nstringData: {KEY: \"${signing}\"}\n"
            ),
            "templates/jwks-template.yml": (
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: jwks, namespace: rec}\n"
                "data: {jwks.json: \"${signing.jwks}\"}\n"
            ),
            "k8s/kustomization.yml": "resources: []\n",
        }
        self.workspace = self.keep(Workspace.of(files))
        self.config = self.cluster.write_kubeconfig(self.workspace.base / "kubeconfig")
        self.workspace.run("rotate", "--env", "prod")
        self.workspace.commit()

    def said(self, change: Callable[[dict], object] = lambda live: None, *others: dict) -> tuple[str, str]:
        """The answer about the live ConfigMap after a change, with other objects in the cluster."""
        live = yaml.safe_load((self.workspace.root / "k8s/secrets/jwks-configmap.yml").read_text())
        live["metadata"]["managedFields"] = [
            {"manager": "argocd", "time": "2026-11-24T05:00:00Z", "fieldsV1": {"f:data": {}}},
            {"manager": "other", "time": "2099-11-24T05:00:00Z", "fieldsV1": {"f:metadata": {}}},
        ]
        change(live)
        return self.facts([live, *others], "signing")["published"]

    def test_readers(self) -> None:
        """A verifier that reads it as a variable or with subPath must have restarted since; a volume is updated."""
        variable = {"env": [{"name": "J", "valueFrom": {"configMapKeyRef": {"name": "jwks", "key": "jwks.json"}}}]}
        volumes = {"volumes": [{"name": "v", "configMap": {"name": "jwks"}}]}
        part = {"volumeMounts": [{"name": "v", "mountPath": "/jwks.json", "subPath": "jwks.json"}]}
        whole = {"volumeMounts": [{"name": "v", "mountPath": "/jwks"}]}
        old, new = "2026-11-24T04:00:00Z", "2026-11-24T05:30:00Z"
        for container, spec, started, expected in (
            (variable, {}, old, "no"), (variable, {}, new, "yes"), (variable, {}, "2026-11-24T05:01:00Z", "no"),
            ({"envFrom": [{"configMapRef": {"name": "jwks"}}]}, {}, old, "no"), (part, volumes, old, "no"),
            (whole, volumes, old, "yes"), ({"envFrom": [{"configMapRef": {"name": "other"}}]}, {}, old, "yes"),
        ):
            with self.subTest(container=container, started=started):
                pod = {
                    "kind": "Pod", "metadata": {"name": "verifier", "namespace": "rec"},
                    "spec": {"containers": [{"name": "c"} | container]} | spec,
                    "status": {"containerStatuses": [{"name": "c", "state": {"running": {"startedAt": started}}}]},
                }
                self.assertEqual(self.said(lambda live: None, pod)[0], expected)

    def test_published(self) -> None:
        """Yes a cache time and two minutes after the data came; no before that, in another place, and without it."""
        self.assertEqual(self.said()[0], "yes")
        answer, reason = self.said(lambda live: live["metadata"]["managedFields"][0].update(time="2099-01-01T00:00:00Z"))
        self.assertEqual(answer, "no")
        self.assertIn("2099-01-01T00:12:00Z", reason)
        self.assertEqual(self.said(lambda live: live["data"].update({"jwks.json": "{}"}))[0], "no")
        self.assertEqual(self.said(lambda live: live["metadata"].update(name="other"))[0], "no")
        self.assertEqual(self.said(lambda live: live["metadata"].pop("managedFields"))[0], "unknown")
        self.cluster.forbidden = {"configmaps"}
        self.assertEqual(self.said()[0], "unknown")


if __name__ == "__main__":
    unittest.main()
