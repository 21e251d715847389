"""A year of the schedule: the real binary and the real kubectl, an API server that answers from a simulated cluster, and
a deploy every day. `make test` covers thirty days of a faster year; MOLTSEAL_DAYS=365 is the whole one.

The clock is libfaketime's. A person merges what is proposed; what `check --gate` allows needs nobody.
"""

from __future__ import annotations

import base64
import datetime
import json
import os
import subprocess
import unittest
from pathlib import Path

import yaml

import oracle
from cluster import Cluster
from evidence import stamp
from workspace import IS_LONG, TestCase, Workspace

DAYS = int(os.environ.get("MOLTSEAL_DAYS", 30 if IS_LONG else 3))
#: How often each credential is rotated, and how long a token lives, in days.
INTERVALS = {"jwt": 90, "session": 120, "db": 60, "reports": 75} if DAYS > 100 else {"jwt": 6, "session": 8, "db": 5, "reports": 7}
LIFETIME = 7 if DAYS > 100 else 1
PRELOAD = Path("/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
BEGIN = datetime.datetime(2027, 1, 1, 4, 17, tzinfo=datetime.timezone.utc)


def key(name: str) -> str:
    return f"  {name}: {{generate: {{kind: base64url, bytes: 64}}, use: jwt, rotateEvery: {INTERVALS[name]}d, tokenLifetime: {LIFETIME}d}}\n"


def pair(name: str) -> str:
    return f"  {name}: {{generate: {{kind: hex, bytes: 32}}, roles: {{a: {name}_a, b: {name}_b}}, rotateEvery: {INTERVALS[name]}d}}\n"


def template(name: str, values: str, kind: str = "Opaque") -> str:
    return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {name}, namespace: shop}}\ntype: {kind}\nstringData:\n{values}"


def deployment(name: str, secrets: list[str]) -> str:
    sources = ", ".join(f"{{secretRef: {{name: {secret}}}}}" for secret in secrets)
    return (
        f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  replicas: 1\n"
        f"  selector: {{matchLabels: {{app: {name}}}}}\n  template:\n    metadata: {{labels: {{app: {name}}}}}\n"
        f'    spec: {{containers: [{{name: c, image: "{name}:v1", envFrom: [{sources}]}}]}}\n'
    )


def keys(name: str) -> str:
    return "".join(f"  {name.upper()}{suffix.upper().replace('.', '_')}: ${{{name}{suffix}}}\n" for suffix in ("", ".previous", ".next"))


LOGIN = "  username: ${%s.role}\n  password: ${%s}\n"
FILES = {
    "moltseal.yml": "apiVersion: moltseal.dev/v1\nkind: Workspace\ncredentials:\n"
    + key("jwt") + key("session") + pair("db") + pair("reports")
    + "environments:\n  prod:\n    deployed: false\n    kustomization: k8s/kustomization.yml\n    output: k8s/secrets\n"
    "    certificate: prod.pem\n    cluster: {context: lab}\n",
    "templates/api-template.yml": template("api", keys("jwt")),
    "templates/web-template.yml": template("web", keys("session")),
    "templates/db-template.yml": template("db", LOGIN % ("db", "db"), "kubernetes.io/basic-auth"),
    "templates/reports-template.yml": template("reports", LOGIN % ("reports", "reports"), "kubernetes.io/basic-auth"),
    "k8s/kustomization.yml": "resources: [api.yml, web.yml]\n",
    "k8s/api.yml": deployment("api", ["api", "db-a"]),
    "k8s/web.yml": deployment("web", ["web", "reports-a"]),
}  # fmt: skip


class Shop:
    """The cluster: what was synced and when; everything arrives within minutes, and each pod keeps what it started with."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self.sealed: dict[str, dict] = {}
        self.secrets: dict[str, dict] = {}
        self.deployments: dict[str, dict] = {}
        self.pods: dict[str, dict] = {}
        self.passwords: dict[str, dict] = {}
        self.count = 0
        #: Until when a token signed with a value is valid.
        self.tokens: dict[str, datetime.datetime] = {}

    def values(self, name: str) -> dict[str, str]:
        """The values in a Secret."""
        document = {"apiVersion": "bitnami.com/v1alpha1", "kind": "SealedSecret", **self.sealed[name]}
        opened = oracle.open_document(document, [oracle.load_key(self.workspace.keypair.key)])
        return {item: value.decode() for item, value in opened["data"].items()}

    def sync(self, now: datetime.datetime, deploys: bool) -> None:
        """SealedSecrets, Secrets and roles first; then the pods with another template or another image."""
        built = subprocess.run(["kubectl", "kustomize", "k8s"], cwd=self.workspace.root, capture_output=True, check=True).stdout
        objects = list(yaml.safe_load_all(built))
        for item in objects:
            name = item["metadata"]["name"]
            if item["kind"] != "SealedSecret":
                continue
            old = self.sealed.get(name)
            if old and old["spec"] == item["spec"]:
                continue
            self.count += 1
            generation = old["metadata"]["generation"] + 1 if old else 1
            item["metadata"] |= {"generation": generation, "uid": f"s-{name}"}
            item["status"] = {
                "observedGeneration": generation,
                "conditions": [{"type": "Synced", "status": "True", "lastUpdateTime": stamp(now)}],
            }
            self.sealed[name] = item
            fields = {f"f:{each}": {} for each in item["spec"]["encryptedData"]}
            metadata = item["spec"]["template"]["metadata"]
            self.secrets[name] = {"kind": "Secret", "metadata": {
                "name": name, "namespace": "shop", "annotations": metadata.get("annotations", {}), "resourceVersion": str(self.count),
                "managedFields": [{"manager": "controller", "operation": "Update", "time": stamp(now), "fieldsV1": {"f:data": fields}}]}}
            found = self.values(name)
            if "username" in found:
                self.passwords[found["username"]] = {"password": found["password"], "secret": name}
        later = now + datetime.timedelta(minutes=5)
        for item in objects:
            if item["kind"] != "Deployment":
                continue
            name = item["metadata"]["name"]
            spec = item["spec"]["template"]
            if name not in self.pods or self.deployments[name]["spec"]["template"] != spec or deploys:
                self.count += 1
                secrets = [source["secretRef"]["name"] for source in spec["spec"]["containers"][0]["envFrom"]]
                self.pods[name] = {
                    "kind": "Pod",
                    "metadata": {
                        "name": f"{name}-{self.count}", "namespace": "shop", "uid": f"p-{self.count}", "creationTimestamp": stamp(later),
                        "annotations": spec["metadata"].get("annotations", {})},
                    "spec": spec["spec"],
                    "status": {"phase": "Running", "containerStatuses": [{"name": "c", "state": {"running": {"startedAt": stamp(later)}}}]},
                    "values": [self.values(secret) for secret in secrets],
                }
            status = {"observedGeneration": 1, "replicas": 1, "updatedReplicas": 1, "availableReplicas": 1}
            item["metadata"]["generation"] = 1
            self.deployments[name] = item | {"status": status}

    def use(self, now: datetime.datetime) -> str | None:
        """Every pod logs in, signs, and is shown every valid token; returns who is refused."""
        for name, pod in self.pods.items():
            for held in pod["values"]:
                if "username" in held and self.passwords[held["username"]]["password"] != held["password"]:
                    return f"{name} as {held['username']}"
                for item in held:
                    if item in ("JWT", "SESSION"):
                        self.tokens[held[item]] = now + datetime.timedelta(days=LIFETIME)
                for value, end in self.tokens.items():
                    kind = next((item for item in held if item in ("JWT", "SESSION")), None)
                    if kind and end > now and self.kinds.get(value, kind) == kind and value not in held.values():
                        return f"{name} is shown a token of another key"
                    if kind and value in held.values():
                        self.kinds[value] = kind
        return None

    kinds: dict[str, str] = {}

    def objects(self) -> list[dict]:
        """The objects of the API server."""
        roles = [{"name": role, "login": True, "passwordSecret": {"name": known["secret"]}} for role, known in self.passwords.items()]
        given = {role: {"resourceVersion": self.secrets[known["secret"]]["metadata"]["resourceVersion"]} for role, known in self.passwords.items()}
        cluster = {
            "kind": "Cluster", "metadata": {"name": "pg", "namespace": "shop"}, "spec": {"managed": {"roles": roles}},
            "status": {"managedRolesStatus": {"byStatus": {"reconciled": list(self.passwords)}, "passwordStatus": given}}}
        system = {"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "the-cluster"}}
        pods = [{name: value for name, value in pod.items() if name != "values"} for pod in self.pods.values()]
        return [*self.sealed.values(), *self.secrets.values(), *self.deployments.values(), *pods, cluster, system]


class Year(TestCase):
    """Every due credential rotates within its interval and its waits, and nobody is refused."""

    def test_days(self) -> None:
        self.assertTrue(PRELOAD.exists(), "Debian's faketime is needed")
        workspace = self.keep(Workspace.of(FILES))
        cluster = Cluster()
        self.addCleanup(cluster.close)
        config = str(cluster.write_kubeconfig(workspace.base / "kubeconfig"))
        shop = Shop(workspace)
        shop.kinds = {}
        seen, now = workspace.base / "prod.json", BEGIN
        seen.write_text("")
        commits, people, rotations, last = 0, 0, dict.fromkeys(INTERVALS, 0), dict.fromkeys(INTERVALS, BEGIN)
        named: dict[str, str] = {}
        passed: set[bytes] = set()

        def run(*arguments: str, check: bool = True) -> subprocess.CompletedProcess:
            clock = {
                "LD_PRELOAD": str(PRELOAD), "FAKETIME": now.strftime("@%Y-%m-%d %H:%M:%S"), "TZ": "UTC", "NO_FAKE_STAT": "1",
                "DONT_FAKE_MONOTONIC": "1", "KUBECONFIG": config}
            return workspace.run(*arguments, variables=clock, check=check)

        for day in range(DAYS):
            now = BEGIN + datetime.timedelta(days=day)
            cluster.objects = shop.objects()
            if day:
                found = run("live", "--env", "prod", "--format", "json", "--earlier", str(seen)).stdout
                seen.write_bytes(found)
            arguments = ["--evidence", str(seen)] if day else []
            ended = run("rotate", "--env", "prod", *arguments, check=False)
            self.assertIn(ended.returncode, (0, 3), f"day {day}: {ended.stderr.decode()}")
            changed = bool(workspace.git("status", "--porcelain").strip())
            if changed:
                workspace.commit()
                commits += 1
                gate = run("check", "--env", "prod", "--gate", "--base", "HEAD^", *arguments, check=False)
                self.assertIn(gate.returncode, (0, 4), gate.stderr.decode())
                people += gate.returncode == 4
                passed.update(word for word in (b"retire", b"new password for role") if gate.returncode == 0 and word in gate.stdout)
            lock = yaml.safe_load((workspace.root / "k8s/secrets/moltseal.lock").read_text())
            for name, entry in lock["credentials"].items():
                if name not in INTERVALS:
                    continue
                if named.get(name) not in (None, entry["time"]):
                    rotations[name] += 1
                    last[name] = now
                named[name] = entry["time"]
            # A deploy per day; what was merged syncs with it.
            shop.sync(now + datetime.timedelta(minutes=30), deploys=True)
            for hours in (1, 12, 23):
                refused = shop.use(now + datetime.timedelta(hours=hours))
                self.assertIsNone(refused, f"day {day}")
            for name, interval in INTERVALS.items():
                waits = 2 * LIFETIME + 3
                self.assertLessEqual((now - last[name]).days, interval + waits, f"day {day}: {name} is left behind")
        steps = sum(rotations.values())
        print(f"{DAYS} days: {steps} rotations {rotations}, {commits} commits, of which {people} ask a person", flush=True)
        if DAYS < 10:
            return
        for name, interval in INTERVALS.items():
            self.assertGreaterEqual(rotations[name], DAYS // (interval + 2 * LIFETIME + 3), name)
        self.assertLess(people, commits)
        self.assertEqual(passed, {b"retire", b"new password for role"})


if __name__ == "__main__":
    unittest.main()
