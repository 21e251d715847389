"""What a look at a cluster remembers, and what evidence is bound to: never a false yes, and always an end."""

from __future__ import annotations

import copy
import datetime
import json
import os
import re
import unittest
from pathlib import Path
from random import Random
from typing import Any, Callable

from evidence import stamp
from test_live import FIRST, GOOD, ROLES, LiveCase, ago, one, state
from workspace import Workspace

NAMESPACE = {"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "c-1"}}


def cluster_state() -> list[dict]:
    """Everything has arrived in a cluster that identifies itself; the SealedSecret has a uid and a generation."""
    objects = state(*GOOD)
    one(objects, "SealedSecret")["metadata"]["uid"] = "s-1"
    for index, pod in enumerate(item for item in objects if item["kind"] == "Pod"):
        pod["metadata"]["uid"] = f"p-{index}"
    return [*objects, copy.deepcopy(NAMESPACE)]


class LookCase(LiveCase):
    """Consecutive looks."""

    def setUp(self) -> None:
        super().setUp()
        self.seal(one(state("s03-unsealed-sealedsecret"), "SealedSecret"))
        self.file = self.workspace.base / "earlier.json"

    def look(self, objects: list[dict], earlier: dict | None = None, name: str = "password") -> tuple[dict, dict]:
        """The evidence of a look, and its part about a credential."""
        self.cluster.objects = objects
        arguments = ["live", "--env", "prod", "--format", "json"]
        if earlier is not None:
            self.file.write_text(json.dumps(earlier))
            arguments += ["--earlier", str(self.file)]
        finished = self.workspace.run(*arguments, variables={"KUBECONFIG": str(self.config)})
        evidence = json.loads(finished.stdout)
        (found,) = [item for item in evidence["credentials"] if item["name"] == name]
        return evidence, found

    @staticmethod
    def expired(found: dict) -> str:
        """The answer."""
        return {fact["fact"]: fact["answer"] for fact in found["facts"]}["expired"]

    @staticmethod
    def back(evidence: dict, **span: float) -> dict:
        """The evidence as if its look had been that long ago."""
        evidence = copy.deepcopy(evidence)
        then = stamp(datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(**span))
        evidence["time"] = then
        evidence["finishedPods"] = {uid: then for uid in evidence["finishedPods"]}
        for found in evidence["credentials"]:
            if found["look"] is not None:
                found["look"]["time"] = then
        return evidence


class Looks(LookCase):
    """The first look without an older key is the bound, and only an older key moves it."""

    def first(self) -> dict:
        """A first look, two hours ago; a token lives one hour."""
        evidence, found = self.look(cluster_state())
        self.assertEqual(self.expired(found), "no", "one look alone says nothing of the time before it")
        return self.back(evidence, hours=2)

    def after(self, change: Callable[[list[dict]], object], earlier: dict | None = None) -> dict:
        """The answer of a second look after a change."""
        objects = cluster_state()
        change(objects)
        return self.look(objects, earlier or self.first())[1]

    def test_remembered(self) -> None:
        """A lifetime after the first look, tokens have expired; the bound stays the time of the first look."""
        earlier = self.first()
        evidence, found = self.look(cluster_state(), earlier)
        self.assertEqual(self.expired(found), "yes")
        self.assertEqual(found["signersEnded"], earlier["time"])
        _, again = self.look(cluster_state(), self.back(evidence, minutes=0) | {"time": ago()})
        self.assertEqual(again["look"]["sealedSecrets"], {"rec/api": "s-1/2"})

    def test_unmoved(self) -> None:
        """A deploy, an autoscaler, changing readiness and a hook's pod move nothing."""

        def deploy(objects: list[dict]) -> None:
            status = one(objects, "Deployment")["status"]
            for condition in status["conditions"]:
                condition["lastUpdateTime"] = condition["lastTransitionTime"] = ago(minutes=1)

        def scaled(objects: list[dict]) -> None:
            added = copy.deepcopy(one(objects, "Pod"))
            added["metadata"] |= {"name": "api-new", "uid": "p-9", "creationTimestamp": ago(minutes=1)}
            added["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] = ago(minutes=1)
            added["status"]["conditions"][0]["lastTransitionTime"] = ago(minutes=1)
            objects.append(added)

        def flapped(objects: list[dict]) -> None:
            one(objects, "Deployment")["status"]["availableReplicas"] = 1
            one(objects, "Pod")["status"]["conditions"][0]["lastTransitionTime"] = ago()

        def crashed(objects: list[dict]) -> None:
            one(objects, "Pod")["status"]["containerStatuses"][0]["state"] = {"waiting": {"reason": "CrashLoopBackOff"}}

        def job(objects: list[dict]) -> None:
            pod = copy.deepcopy(one(objects, "Pod"))
            pod["metadata"] |= {"name": "hourly-1", "uid": "p-8", "annotations": {}}
            finished = {"startedAt": ago(minutes=10), "finishedAt": ago(minutes=9)}
            pod["status"] = {"phase": "Succeeded", "containerStatuses": [{"state": {"terminated": finished}}]}
            objects.append(pod)

        def gone(objects: list[dict]) -> None:
            objects.remove(one(objects, "Pod"))

        def evicted(objects: list[dict]) -> None:
            pod = copy.deepcopy(one(objects, "Pod"))
            pod["metadata"] |= {"name": "api-evicted", "uid": "p-e"}
            pod["spec"]["nodeName"] = "n-1"
            pod["status"] = {"phase": "Failed", "reason": "Evicted"}
            objects.append(pod)

        for change in (deploy, scaled, flapped, crashed, job, gone, evicted):
            with self.subTest(change.__name__):
                self.assertEqual(self.expired(self.after(change)), "yes")

    def test_forgotten_signer(self) -> None:
        """A pod that hung for days and vanished without a trace has signed until a look no longer saw it."""
        objects = cluster_state()
        hung = copy.deepcopy(one(objects, "Pod"))
        hung["metadata"] |= {"name": "api-hung", "uid": "p-7", "deletionTimestamp": "2026-11-24T06:00:00Z"}
        hung["metadata"]["annotations"]["moltseal.dev/rotation-api"] = FIRST
        evidence, found = self.look([*objects, hung])
        self.assertIsNone(found["look"])
        self.assertEqual(self.expired(found), "no")
        # It ends 30 seconds later.
        _, found = self.look(cluster_state(), self.back(evidence, hours=72))
        self.assertEqual(self.expired(found), "no")

    def test_voided(self) -> None:
        """A new version of the SealedSecret, another step, or a container with an older key voids it; being unreadable does not."""
        earlier = self.first()
        for field, value in (("uid", "s-2"), ("generation", 4)):
            def changed(objects: list[dict], field: str = field, value: Any = value) -> None:
                sealed = one(objects, "SealedSecret")
                sealed["metadata"][field] = value
                sealed["status"]["observedGeneration"] = sealed["metadata"]["generation"]

            with self.subTest(field):
                found = self.after(changed, earlier)
                self.assertEqual(self.expired(found), "no")
                self.assertNotEqual(found["look"]["time"], earlier["time"])
        other = copy.deepcopy(earlier)
        other["credentials"][0]["step"] = FIRST
        self.assertEqual(self.expired(self.after(lambda objects: None, other)), "no")

        def older(objects: list[dict]) -> None:
            one(objects, "Pod")["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] = "2026-11-24T05:00:00Z"

        self.assertIsNone(self.after(older, earlier)["look"])
        # A look that could not read keeps what is known, and opens nothing.
        self.cluster.broken = {"pods": (500, "InternalError", "an error on the server")}
        found = self.after(lambda objects: None, earlier)
        self.assertEqual(self.expired(found), "unknown")
        self.assertIsNone(found["signersEnded"])
        self.assertEqual(found["look"]["time"], earlier["time"])
        self.cluster.broken = {}

        # The same for a pod that may not have ended: whether it signs is unknown.
        def unsure(objects: list[dict]) -> None:
            pod = copy.deepcopy(one(objects, "Pod"))
            pod["metadata"] |= {"name": "api-evicted", "uid": "p-e", "creationTimestamp": "2026-11-20T00:00:00Z"}
            pod["metadata"]["annotations"]["moltseal.dev/rotation-api"] = FIRST
            pod["spec"]["nodeName"] = "n-1"
            pod["status"] = {"phase": "Failed", "reason": "Evicted"}
            objects.append(pod)

        found = self.after(unsure, earlier)
        self.assertEqual(self.expired(found), "unknown")
        self.assertEqual(found["look"]["time"], earlier["time"])
        # A cluster that cannot be identified is no look at all: what was kept stays unchanged.
        self.cluster.objects = cluster_state()
        self.cluster.broken = {"namespaces": (500, "InternalError", "an error on the server")}
        finished = self.workspace.run(
            "live", "--env", "prod", "--format", "json", variables={"KUBECONFIG": str(self.config)}, check=False)
        self.assertEqual((finished.returncode, finished.stdout), (1, b""))

    def test_same_values(self) -> None:
        """After a label or a new ciphertext of the same values, current pods stay current; one that starts does not."""

        def labelled(objects: list[dict]) -> None:
            sealed = one(objects, "SealedSecret")
            sealed["metadata"]["generation"] += 1
            sealed["status"]["observedGeneration"] = sealed["metadata"]["generation"]
            sealed["status"]["conditions"][0]["lastUpdateTime"] = ago(minutes=5)

        def restarted(objects: list[dict]) -> None:
            labelled(objects)
            one(objects, "Pod")["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] = ago(minutes=7)

        def other(objects: list[dict]) -> None:
            labelled(objects)
            one(objects, "Pod")["metadata"]["uid"] = "p-other"

        def rolled(change: Callable[[list[dict]], object], earlier: dict | None) -> str:
            objects = cluster_state()
            change(objects)
            found = self.look(objects, earlier)[1]
            return {fact["fact"]: fact["answer"] for fact in found["facts"]}["rolled"]

        earlier = self.first()
        self.assertEqual(rolled(labelled, None), "no", "nobody has looked before")
        self.assertEqual(rolled(labelled, earlier), "yes")
        self.assertEqual(rolled(restarted, earlier), "no")
        self.assertEqual(rolled(other, earlier), "no")
        another = copy.deepcopy(earlier)
        another["currentPods"][0]["values"] = "0" * 32
        self.assertEqual(rolled(labelled, another), "no", "of other values")

    def test_init_container(self) -> None:
        """Later containers use what an init container made of the Secret."""

        def rendered(reads: dict) -> dict:
            objects = cluster_state()
            pod = one(objects, "Pod")
            pod["metadata"]["creationTimestamp"] = "2026-11-24T05:00:00Z"
            pod["spec"]["initContainers"] = [{"name": "render"} | reads]
            ended = {"terminated": {"startedAt": "2026-11-24T05:00:05Z", "finishedAt": "2026-11-24T05:00:06Z"}}
            pod["status"]["initContainerStatuses"] = [{"name": "render", "state": ended}]
            pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] = ago(hours=9)
            return self.look(objects)[1]

        self.assertIsNone(rendered({"envFrom": [{"secretRef": {"name": "api"}}]})["look"])
        self.assertIsNotNone(rendered({})["look"])

    def test_sidecar(self) -> None:
        """After a label, a pod of which another container has restarted still has what its own container had."""

        def two(objects: list[dict]) -> None:
            statuses = one(objects, "Pod")["status"]["containerStatuses"]
            statuses.append(copy.deepcopy(statuses[0]) | {"name": "sidecar"})

        objects = cluster_state()
        two(objects)
        evidence, _ = self.look(objects)
        earlier = self.back(evidence, hours=2)

        def restarted(objects: list[dict]) -> None:
            two(objects)
            sealed = one(objects, "SealedSecret")
            sealed["metadata"]["generation"] += 1
            sealed["status"]["observedGeneration"] = sealed["metadata"]["generation"]
            sealed["status"]["conditions"][0]["lastUpdateTime"] = ago(hours=1)
            one(objects, "Pod")["status"]["containerStatuses"][1]["state"]["running"]["startedAt"] = ago(minutes=5)

        found = self.after(restarted, earlier)
        self.assertEqual({fact["fact"]: fact["answer"] for fact in found["facts"]}["rolled"], "yes")

    def test_ephemeral(self) -> None:
        """A container for debugging keeps what it was started with."""

        def debugged(objects: list[dict]) -> None:
            one(objects, "Pod")["status"]["ephemeralContainerStatuses"] = [
                {"state": {"running": {"startedAt": "2026-11-24T05:00:00Z"}}}
            ]

        self.assertIsNone(self.after(debugged)["look"])

    def test_other_cluster(self) -> None:
        """Looks of another cluster, or of an unidentified one, are ignored."""

        def other(objects: list[dict]) -> None:
            one(objects, "Namespace")["metadata"]["uid"] = "c-2"

        self.assertEqual(self.expired(self.after(other)), "no")
        # If it may not be read, the server takes its place; looks under the other name are lost once.
        first = self.first()
        self.cluster.forbidden = {"namespaces"}
        evidence, found = self.look(cluster_state(), first)
        self.assertIn("http://127.0.0.1:", evidence["cluster"]["id"])
        self.assertEqual(self.expired(found), "no")
        self.assertEqual(self.expired(self.look(cluster_state(), self.back(evidence, hours=2))[1]), "yes")

    def test_slow_clock(self) -> None:
        """A look that would be older than what it saw is not kept."""
        objects = cluster_state()
        one(objects, "Pod")["status"]["conditions"][0]["lastTransitionTime"] = "2099-01-01T00:00:00Z"
        found = self.look(objects)[1]
        self.assertIsNone(found["look"])
        reason = [fact["because"] for fact in found["facts"] if fact["fact"] == "expired"]
        self.assertIn("2099-01-01T00:00:00Z", reason[0])
        # Times in the future are not of this kind.
        objects = cluster_state()
        one(objects, "Pod")["metadata"]["deletionTimestamp"] = "2099-01-01T00:00:00Z"
        self.assertIsNotNone(self.look(objects)[1]["look"])

    def test_file(self) -> None:
        """An empty file is no look; one of another environment, or no evidence at all, is reported."""
        variables = {"KUBECONFIG": str(self.config)}
        self.cluster.objects = cluster_state()
        arguments = ["live", "--env", "prod", "--format", "json", "--earlier", str(self.file)]
        self.file.write_text("\n")
        self.workspace.run(*arguments, variables=variables)
        self.file.write_text(json.dumps(self.first() | {"environment": "test"}))
        finished = self.workspace.run(*arguments, variables=variables, check=False)
        self.assertEqual(finished.returncode, 1)
        self.assertIn(b"this is evidence of environment 'test'", finished.stderr)
        self.file.unlink()
        self.assertEqual(self.workspace.run(*arguments, variables=variables, check=False).returncode, 1)
        for text in ("{", "[]", '{"apiVersion": "moltseal.dev/v1", "kind": "Evidence", "environment": "prod", '
                     '"time": "2026-01-01T00:00:00Z", "credentials": [{"name": "password", "generation": 1, '
                     '"step": "r", "look": {"time": 3}}]}'):
            self.file.write_text(text)
            finished = self.workspace.run(*arguments, variables=variables, check=False)
            self.assertEqual(finished.returncode, 1, text)
            self.assertNotIn(b"Fatal", finished.stderr)

    def test_cluster_options(self) -> None:
        """--context and --kubeconfig choose the cluster; one that does not exist is an error."""
        other = self.workspace.base / "other"
        other.write_text(self.config.read_text().replace("lab", "elsewhere"))
        self.cluster.objects = cluster_state()
        plain = ["live", "--env", "prod", "--format", "json"]
        chosen = ["--kubeconfig", str(other), "--context", "elsewhere"]
        self.workspace.run(*plain, *chosen, variables={"KUBECONFIG": "/dev/null"})
        for wrong in (["--kubeconfig", str(other)], ["--context", "nowhere"], ["--kubeconfig", "/nowhere"], ["--context="]):
            finished = self.workspace.run(*plain, *wrong, variables={"KUBECONFIG": str(self.config)}, check=False)
            self.assertNotEqual(finished.returncode, 0, wrong)
            self.assertEqual(finished.stdout, b"", wrong)
        for command in (["rotate"], ["rotate", "--evidence", "x"], ["adopt"]):
            finished = self.workspace.run(*command, "--env", "prod", "--context", "lab", check=False)
            self.assertEqual(finished.returncode, 64, finished.stderr)

    def test_starts(self) -> None:
        """One look starts kubectl twice for a namespace, and twice more."""
        folder = self.workspace.base / "bin"
        folder.mkdir()
        real = next(Path(p) / "kubectl" for p in os.environ["PATH"].split(":") if (Path(p) / "kubectl").exists())
        count = self.workspace.base / "starts"
        (folder / "kubectl").write_text(f'#!/bin/sh\necho "$@" >> {count}\nexec {real} "$@"\n')
        (folder / "kubectl").chmod(0o755)
        self.cluster.objects = cluster_state()
        variables = {"KUBECONFIG": str(self.config), "PATH": f"{folder}:{os.environ['PATH']}"}
        self.workspace.run("live", "--env", "prod", "--format", "json", variables=variables)
        self.assertEqual(count.read_text().count("--context=lab"), 4, count.read_text())

    def test_without_discovery(self) -> None:
        """A server that does not list its kinds is asked for each by its path."""
        self.cluster.discovers = False
        self.addCleanup(setattr, self.cluster, "discovers", True)
        found = self.look(cluster_state())[1]
        self.assertEqual({fact["fact"]: fact["answer"] for fact in found["facts"]}["rolled"], "yes")


class Finished(LookCase):
    """A pod with a final phase that does not say that its containers have ended."""

    def evicted(self, **changes: Any) -> list[dict]:
        """An earlier evicted pod, while everything has arrived."""
        objects = cluster_state()
        pod = copy.deepcopy(one(objects, "Pod"))
        pod["metadata"] |= {"name": "api-evicted", "uid": "p-e"}
        pod["metadata"]["annotations"]["moltseal.dev/rotation-api"] = FIRST
        pod["spec"] |= {"nodeName": "n-1", "terminationGracePeriodSeconds": 30}
        pod["status"] = {"phase": "Failed", "reason": "Evicted"} | changes
        return [*objects, pod]

    @staticmethod
    def node(ready: str) -> dict:
        """Its node."""
        return {"kind": "Node", "metadata": {"name": "n-1"}, "status": {"conditions": [{"type": "Ready", "status": ready}]}}

    def rolled(self, objects: list[dict], earlier: dict | None = None) -> str:
        """Whether all have the Secret."""
        found = self.look(objects, earlier)[1]
        return {fact["fact"]: fact["answer"] for fact in found["facts"]}["rolled"]

    def test_statuses(self) -> None:
        """It has ended if every container says so."""
        ended = {"containerStatuses": [{"state": {"terminated": {"finishedAt": ago(minutes=9)}}}]}
        self.assertEqual(self.rolled(self.evicted(**ended)), "yes")
        running = {"containerStatuses": [{"state": {"running": {"startedAt": ago(minutes=9)}}}]}
        self.assertEqual(self.rolled(self.evicted(**running)), "no")

    def test_phase(self) -> None:
        """Otherwise after its grace period since the first look that saw it, if its node is Ready or gone."""
        evidence, found = self.look([*self.evicted(), self.node("True")])
        self.assertEqual({fact["fact"]: fact["answer"] for fact in found["facts"]}["rolled"], "no")
        self.assertEqual(self.rolled([*self.evicted(), self.node("True")], self.back(evidence, seconds=10)), "no")
        later = self.back(evidence, minutes=2)
        self.assertEqual(self.rolled([*self.evicted(), self.node("True")], later), "yes")
        self.assertEqual(self.rolled(self.evicted(), later), "yes", "its node is gone")
        self.assertEqual(self.rolled([*self.evicted(), self.node("Unknown")], later), "no", "its node is lost")
        self.cluster.forbidden = {"nodes"}
        self.assertEqual(self.rolled([*self.evicted(), self.node("True")], later), "no", "nodes may not be read")


class Copies(LookCase):
    """A Secret that another tool copies into other namespaces."""

    def setUp(self) -> None:
        super().setUp()
        template = self.workspace.root / "templates/api-template.yml"
        text = template.read_text()
        annotations = '{reflector.v1.k8s.emberstack.com/reflection-auto-namespaces: "jobs, more-.*"}'
        template.write_text(text.replace("namespace: rec}", f"namespace: rec, annotations: {annotations}}}"))

    def copied(self, started: str = "2026-11-24T06:30:00Z", **changes: str) -> list[dict]:
        """Everything has arrived, and a copy has its own pod."""
        objects = cluster_state()
        one(objects, "Secret")["metadata"]["resourceVersion"] = "77"
        version = {"reflector.v1.k8s.emberstack.com/reflected-version": "77"} | changes
        written = [{"manager": "reflector", "time": "2026-11-24T06:00:00Z", "fieldsV1": {"f:data": {}}}]
        copied = {"kind": "Secret", "metadata": {
            "name": "api", "namespace": "jobs", "annotations": version, "managedFields": written}}
        pod = copy.deepcopy(one(objects, "Pod"))
        pod["metadata"] |= {"name": "job-1", "namespace": "jobs", "uid": "p-j", "annotations": {}}
        pod["status"]["containerStatuses"][0]["state"]["running"]["startedAt"] = started
        return [*objects, copied, pod]

    def rolled(self, objects: list[dict]) -> tuple[str, str]:
        """The answer and its reason."""
        found = self.look(objects)[1]
        return next((fact["answer"], fact["because"]) for fact in found["facts"] if fact["fact"] == "rolled")

    def test_rolled(self) -> None:
        """Its pods count, and namespaces that only a pattern names are reported as not seen."""
        answer, reason = self.rolled(self.copied())
        self.assertEqual(answer, "yes")
        self.assertIn("are not seen", reason)
        self.assertEqual(self.rolled(self.copied("2026-11-24T05:59:00Z"))[0], "no")
        behind = self.copied(**{"reflector.v1.k8s.emberstack.com/reflected-version": "76"})
        self.assertEqual(self.rolled(behind), ("unknown", self.rolled(behind)[1]))
        self.assertIn("version 76", self.rolled(behind)[1])
        gone = [item for item in self.copied() if not (item["kind"] == "Secret" and item["metadata"]["namespace"] == "jobs")]
        self.assertEqual(self.rolled(gone)[0], "unknown", "a copy that is gone, and whose pods run")
        nothing = [item for item in self.copied("2026-11-24T05:59:00Z") if item["metadata"].get("namespace") != "jobs"]
        self.assertEqual(self.rolled(nothing)[0], "yes", "there is no copy")

    def test_named_by_the_workspace(self) -> None:
        """A namespace that only the workspace names counts, and nothing is then unseen."""
        template = self.workspace.root / "templates/api-template.yml"
        template.write_text(template.read_text().replace('"jobs, more-.*"', '"more-.*"'))
        old = self.copied("2026-11-24T05:59:00Z")
        self.assertEqual(self.rolled(old)[0], "yes", "nobody names it")
        path = self.workspace.root / "moltseal.yml"
        path.write_text(re.sub(r"(?m)^( *)certificate:", r"\1copiedTo: {api: [jobs]}\n\1certificate:", path.read_text()))
        self.assertEqual(self.rolled(old)[0], "no")
        answer, reason = self.rolled(self.copied())
        self.assertEqual(answer, "yes")
        self.assertNotIn("not seen", reason)


class Odd(LookCase):
    """Answers and files that nobody would write: they are reported, and open no gate."""

    #: Replacements for a value.
    ODD: list[Any] = [
        None, True, -1, 2**63, 1e400, "", "x" * 70_000, "\u0000\n\t", "2026-13-45T99:99:99Z", "9" * 400, [], {}, [[[]]],
        {"name": {}}, [None, 1, "a"], "--kubeconfig=/etc/shadow", "../../x", "r-" + "9" * 60,
    ]

    def mutated(self, value: Any, random: Random, depth: int = 0) -> Any:
        """The value with one of its parts replaced, left out or doubled."""
        if depth > 0 and (not isinstance(value, (dict, list)) or not value or random.random() < 0.15):
            return random.choice(self.ODD)
        if isinstance(value, dict):
            key = random.choice(sorted(value))
            if random.random() < 0.1:
                return {name: item for name, item in value.items() if name != key}
            return value | {key: self.mutated(value[key], random, depth + 1)}
        if isinstance(value, list) and value:
            index = random.randrange(len(value))
            return [*value[:index], self.mutated(value[index], random, depth + 1), *value[index + 1 :]]
        return value

    def test_objects(self) -> None:
        """Objects whose fields are of other types."""
        random = Random(17)
        for number in range(30):
            objects = cluster_state()
            index = random.randrange(len(objects))
            kind, metadata = objects[index]["kind"], objects[index]["metadata"]
            changed = self.mutated(objects[index], random)
            changed = changed if isinstance(changed, dict) else {}
            # The stub itself finds an object by these.
            kept = {"name": metadata["name"], "namespace": metadata.get("namespace")}
            inner = changed.get("metadata")
            objects[index] = changed | {"kind": kind, "metadata": (inner if isinstance(inner, dict) else {}) | kept}
            self.cluster.objects = objects
            finished = self.workspace.run(
                "live", "--env", "prod", "--format", "json", variables={"KUBECONFIG": str(self.config)}, check=False)
            with self.subTest(number=number, changed=str(objects[index])[:300]):
                self.assertIn(finished.returncode, (0, 1), finished.stderr[-300:])
                self.assertNotIn(b"Fatal", finished.stderr)

    def test_earlier(self) -> None:
        """Earlier looks whose fields have other types, or that claim more than they can."""
        random = Random(17)
        evidence, _ = self.look(cluster_state())
        for number in range(30):
            self.file.write_text(json.dumps(self.mutated(self.back(evidence, hours=2), random)).replace("Infinity", "1e400"))
            finished = self.workspace.run(
                "live", "--env", "prod", "--format", "json", "--earlier", str(self.file),
                variables={"KUBECONFIG": str(self.config)}, check=False)
            with self.subTest(number=number, file=self.file.read_text()[:300]):
                self.assertIn(finished.returncode, (0, 1), finished.stderr[-300:])
                self.assertNotIn(b"Fatal", finished.stderr)
        # A look from the future is ignored.
        future = copy.deepcopy(evidence)
        for found in future["credentials"]:
            found["look"]["time"] = "2099-01-01T00:00:00Z"
        found = self.look(cluster_state(), future)[1]
        self.assertNotEqual(found["look"]["time"], "2099-01-01T00:00:00Z")
        self.assertEqual(self.expired(found), "no")


class PairCase(LookCase):
    """A pair of roles, sealed by the binary."""

    def setUp(self) -> None:
        super().setUp()
        self.workspace = self.keep(Workspace.of(ROLES))
        self.config = self.cluster.write_kubeconfig(self.workspace.base / "kubeconfig")
        self.workspace.run("rotate", "--env", "prod")
        self.workspace.commit()


class Consumers(PairCase):
    """Evidence is for the consumers with which it was taken."""

    def test_bound(self) -> None:
        """A workload that has named the Secret since then is not in the evidence: no step is taken; an image does not matter."""
        evidence, found = self.look([copy.deepcopy(NAMESPACE)], name="db")
        path = "spec.template.spec.containers.[name=api].envFrom.0.secretRef.name"
        self.assertEqual(found["consumers"], [f"Deployment/rec/api {path}: db-a"])
        for fact in found["facts"]:
            fact["answer"] = "yes"
        self.file.write_text(json.dumps(evidence))

        def flip() -> bytes:
            finished = self.workspace.run(
                "rotate", "--env", "prod", "--only", "db", "--evidence", str(self.file), "--dry-run", check=False)
            return finished.stdout + finished.stderr

        deployment = self.workspace.root / "k8s/deployment.yml"
        before = deployment.read_text()
        deployment.write_text(before.replace("api:1", "api:2"))
        self.assertIn(b"flip", flip())
        self.assertNotIn(b"consumers differ", flip())
        kustomization = self.workspace.root / "k8s/kustomization.yml"
        (self.workspace.root / "k8s/worker.yml").write_text(before.replace("name: api", "name: worker").replace("db-a", "db-b"))
        kustomization.write_text(kustomization.read_text().replace("[deployment.yml", "[deployment.yml, worker.yml"))
        self.assertIn("worker.yml", kustomization.read_text())
        self.assertIn(b"the consumers differ from those here: Deployment/rec/worker", flip())


class Bound(PairCase):
    """The lock file records the cluster whose evidence opened a gate."""

    def test_cluster(self) -> None:
        """The first step taken with evidence records it; evidence of another cluster then opens nothing."""
        path = self.workspace.root / "k8s/secrets/moltseal.lock"
        self.assertNotIn("cluster:", path.read_text())
        evidence, found = self.look([copy.deepcopy(NAMESPACE)], name="db")
        for fact in found["facts"]:
            fact["answer"] = "yes"

        def step(evidence: dict) -> bytes:
            self.file.write_text(json.dumps(evidence))
            finished = self.workspace.run("rotate", "--env", "prod", "--only", "db", "--evidence", str(self.file), check=False)
            return finished.stdout + finished.stderr

        step(evidence)
        self.assertIn("\ncluster: c-1\n", path.read_text())
        self.workspace.commit()
        evidence, found = self.look([{"kind": "Namespace", "metadata": {"name": "kube-system", "uid": "c-2"}}], name="db")
        for fact in found["facts"]:
            fact["answer"] = "yes"
        said = step(evidence)
        self.assertIn(b"the evidence is from cluster c-2, but the lock file has cluster c-1", said)
        self.assertIn("\ncluster: c-1\n", path.read_text())
        del evidence["cluster"]
        self.assertIn(b"from a cluster that it does not name", step(evidence))


if __name__ == "__main__":
    unittest.main()
