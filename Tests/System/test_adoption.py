"""An adoption loses no Secret and changes no value, in any order of events, including reverts.

The revisions are what `moltseal adopt` has written, built by kubectl; `adoption_model` is the cluster.
"""

import base64
import json
import subprocess
import unittest
from pathlib import Path

import adoption_model as model
import workspace
import yaml


def objects(folder: Path) -> list[dict]:
    """What the kustomization builds."""
    built = subprocess.run(["kubectl", "kustomize", folder / "k8s"], capture_output=True, check=True).stdout
    return [document for document in yaml.safe_load_all(built) if document]


class Adoption(unittest.TestCase):
    """The three steps, as commits of a repository."""

    @classmethod
    def setUpClass(cls):
        cls.work = workspace.Workspace.small()
        cls.first = [document for document in objects(cls.work.root) if document["kind"] == "Secret"]
        cls.revisions = [cls.revision("before")]
        cls.adopt()
        cls.revisions.append(cls.revision("prepare"))
        cls.adopt(model.MANAGED)
        cls.revisions.append(cls.revision("adopt"))
        cls.adopt(model.MANAGED, model.SKIPS)
        cls.revisions.append(cls.revision("own"))

    @classmethod
    def tearDownClass(cls):
        cls.work.remove()

    @classmethod
    def adopt(cls, *annotations: str):
        """The next step; the live Secrets have these annotations."""
        live = []
        for secret in cls.first:
            metadata = {**secret["metadata"], "annotations": {name: "true" for name in annotations}}
            live.append({**secret, "metadata": metadata})
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": live}).encode()
        arguments = ["--from", "-"]
        done = cls.work.run("adopt", "--env", "prod", *arguments, stdin=text)
        assert done.returncode == 0, done.stderr.decode()
        cls.work.commit()

    @classmethod
    def revision(cls, name: str) -> model.Revision:
        """One Secret of the tree, `db`, as a revision builds it."""
        secret = sealed = None
        for document in objects(cls.work.root):
            if document["metadata"]["name"] != "db":
                continue
            if document["kind"] == "Secret":
                annotations = document["metadata"].get("annotations") or {}
                # Before the first step nothing is prepared.
                if name == "before":
                    annotations = {}
                value = base64.b64decode(document["data"]["password"])
                secret = model.Secret(value.decode(), frozenset(annotations.items()))
            elif document["kind"] == "SealedSecret":
                annotations = document["spec"]["template"]["metadata"].get("annotations") or {}
                value = cls.work.values()["db", "password"]
                sealed = model.Sealed(value.decode(), frozenset(annotations.items()))
        return model.Revision(name, secret, sealed)

    @property
    def value(self) -> str:
        return self.revisions[0].secret.value

    @staticmethod
    def gate(cluster: model.Cluster, target: int) -> bool:
        """Each step, and each step back, says what the live Secret must have first."""
        live = cluster.secret
        if live is None or target == cluster.revision:
            return True
        if target == 2 and cluster.revision == 1:
            return (model.MANAGED, "true") in live.annotations
        if target == 3:
            return (model.SKIPS, "true") in live.annotations
        if target == 1 and cluster.revision == 2:
            # Undone after `own`, which must have arrived first.
            return live.owner is None
        return True

    def test_values_stay_and_no_pod_moves(self):
        for revision in self.revisions:
            found = revision.secret or revision.sealed
            self.assertEqual(found.value, self.value, revision.name)
        self.assertIsNone(self.revisions[2].secret)
        self.assertIn((model.SKIPS, "true"), self.revisions[2].sealed.annotations)
        self.assertNotIn((model.SKIPS, "true"), self.revisions[3].sealed.annotations)

    def test_no_order_of_events_loses_the_secret(self):
        count, path = model.explore(self.revisions, self.gate, self.value)
        self.assertIsNone(path)
        self.assertGreater(count, 30)

    def test_without_preparation_it_is_lost(self):
        revisions = [self.revisions[0], self.revisions[2], self.revisions[3]]
        _, path = model.explore(revisions, lambda cluster, target: True, self.value)
        self.assertIsNotNone(path)

    def test_without_the_gate_it_is_lost(self):
        # The preparation has not reached the cluster when the generator is removed.
        bare = model.Revision("prepare", self.revisions[0].secret)
        _, path = model.explore(
            [self.revisions[0], bare, *self.revisions[2:]], lambda cluster, target: True, self.value)
        self.assertIsNotNone(path)

    def test_owned_at_once_a_revert_loses_it(self):
        _, path = model.explore(
            [*self.revisions[:2], self.revisions[3]], lambda cluster, target: True, self.value)
        self.assertIsNotNone(path)


if __name__ == "__main__":
    unittest.main()
