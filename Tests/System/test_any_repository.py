"""Random, unprepared repositories: init, the cutover, a second run.

For each: what is not edited stays byte for byte; every other overlay builds what it built before; the build of the
environment is the same except for the Secrets, which open under their built names; a second run writes nothing.
MOLTSEAL_TREES is the number of trees, MOLTSEAL_SEED the first one.
"""

import os
import random
import subprocess
import unittest
from pathlib import Path

import oracle
import workspace
import yaml

TREES = int(os.environ.get("MOLTSEAL_TREES", "30" if workspace.IS_LONG else "6"))
SEED = int(os.environ.get("MOLTSEAL_SEED", "1"))
KEYS = ["PASSWORD", "DB_PASSWORD", "JWT_SECRET", "SESSION_SECRET", "LOG_LEVEL", "DB_HOST", "username", "password"]


class Tree:
    """One repository: a base with workloads, overlays, perhaps a component and a layer between."""

    def __init__(self, rng: random.Random):
        self.rng = rng
        self.files: dict[str, str] = {}
        self.names = rng.sample(["api", "web", "db", "cache-credentials", "mail.conf"], rng.randint(1, 3))
        places = ["base", "overlay"] + (["component"] if rng.random() < 0.3 else [])
        made = {place: [] for place in ("base", "overlay", "component")}
        for name in self.names:
            made[rng.choice(places)].append(name)
        resources = ["workloads.yaml"]
        self.files["base/workloads.yaml"] = "---\n".join(self.workload(name) for name in self.names)
        if rng.random() < 0.4:
            plain = f"plain-{rng.randint(1, 9)}"
            self.files["base/plain.yaml"] = self.plain(plain)
            resources.append("plain.yaml")
        base = {"resources": resources, "secretGenerator": [self.entry(name, "base") for name in made["base"]]}
        if rng.random() < 0.3:
            base["namePrefix"] = rng.choice(["b-", "shop-"])
        self.write("base/kustomization.yaml", base)
        if made["component"]:
            self.write("part/kustomization.yaml", {
                "apiVersion": "kustomize.config.k8s.io/v1alpha1", "kind": "Component",
                "secretGenerator": [self.entry(name, "part") for name in made["component"]]})
        for overlay in ("dev", "prod"):
            own = {"resources": ["../../base"], "namespace": overlay}
            if made["component"]:
                own["components"] = ["../../part"]
            own["secretGenerator"] = [self.entry(name, f"overlays/{overlay}") for name in made["overlay"]]
            if rng.random() < 0.4:
                own["namePrefix"] = f"{overlay}-"
            if rng.random() < 0.2:
                own["nameSuffix"] = "-v1"
            if rng.random() < 0.3:
                own["commonLabels" if rng.random() < 0.5 else "commonAnnotations"] = {"team": "core"}
            self.write(f"overlays/{overlay}/kustomization.yaml", own)

    def entry(self, name: str, folder: str) -> dict:
        rng = self.rng
        keys = rng.sample(KEYS, rng.randint(1, 4))
        values = [f"{key}={'info' if key in ('LOG_LEVEL', 'DB_HOST', 'username') else f'dev{rng.randint(100000, 999999)}'}"
                  for key in keys]
        entry = {"name": name}
        if rng.random() < 0.3:
            file = f"{name}.env"
            self.files[f"{folder}/{file}"] = "# values\n" + "".join(value + "\n" for value in values)
            entry["envs"] = [file]
        else:
            entry["literals"] = values
        if rng.random() < 0.5:
            entry["options"] = {"disableNameSuffixHash": True}
        if rng.random() < 0.2:
            entry.setdefault("options", {})["labels"] = {"made": "here"}
        return entry

    def workload(self, name: str) -> str:
        kind = self.rng.choice(["Deployment", "StatefulSet", "DaemonSet"])
        pod = {"containers": [{"name": "c", "image": "x:1", "envFrom": [{"secretRef": {"name": name}}]}]}
        if self.rng.random() < 0.4:
            pod["volumes"] = [{"name": "v", "secret": {"secretName": name}}]
        label = name.replace(".", "-")
        spec = {"selector": {"matchLabels": {"app": label}}, "template": {"metadata": {"labels": {"app": label}}, "spec": pod}}
        return yaml.safe_dump({"apiVersion": "apps/v1", "kind": kind, "metadata": {"name": f"{label}-app"}, "spec": spec})

    def plain(self, name: str) -> str:
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "stringData": {"PASSWORD": "dev1234567"}}
        other = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "settings"}, "data": {"a": "b"}}
        return yaml.safe_dump(secret) + ("---\n" + yaml.safe_dump(other) if self.rng.random() < 0.5 else "")

    def write(self, path: str, tree: dict):
        """A kustomization in some style."""
        rng = self.rng
        tree = {key: value for key, value in tree.items() if value}
        items = list(tree.items())
        rng.shuffle(items)
        lines = []
        if rng.random() < 0.3:
            lines.append("# Written by hand.\n")
        for key, value in items:
            if rng.random() < 0.2:
                lines.append("\n")
            if rng.random() < 0.2:
                lines.append(f"# The {key}.\n")
            flow = rng.random() < 0.2
            if flow and not isinstance(value, str):
                inline = yaml.safe_dump(value, default_flow_style=True, width=1000, sort_keys=False).strip()
                text = f"{key}: {inline}\n"
            else:
                text = yaml.safe_dump({key: value}, default_flow_style=False, width=1000, sort_keys=False,
                                      indent=rng.choice([2, 4]))
            lines.append(text)
        text = "".join(lines)
        if rng.random() < 0.15:
            text = text.rstrip("\n")
        if rng.random() < 0.15:
            text = text.replace("\n", "\r\n")
        self.files[path] = text


def build(root: Path, folder: str) -> bytes:
    return subprocess.run(["kubectl", "kustomize", root / folder], capture_output=True, check=True).stdout


class AnyRepository(unittest.TestCase):
    """Random trees."""

    def test_random_trees(self):
        refused = []
        for seed in range(SEED, SEED + TREES):
            with self.subTest(seed=seed):
                outcome = self.tree(seed)
                if outcome:
                    refused.append((seed, outcome))
        self.assertLess(len(refused), max(1, TREES // 10), refused)

    def tree(self, seed: int) -> str | None:
        tree = Tree(random.Random(seed))

        def fill(root: Path):
            for name, text in tree.files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(text.encode())

        work = workspace.Workspace.bare(fill)
        self.addCleanup(work.remove)
        before, dev = build(work.root, "overlays/prod"), build(work.root, "overlays/dev")
        work.run("init", "--env", "prod", "--deployed", "false")
        for path in work.root.glob("templates/**/*.yml"):
            self.assertNotRegex(path.read_text(), r"dev\d{6}")
        self.assertNotRegex((work.root / "moltseal.yml").read_text(), r"dev\d{6}")
        work.commit()
        old = (work.root / "overlays/prod/kustomization.yaml").read_bytes()
        rotate = ["rotate", "--env", "prod", "--certificate", str(work.keypair.certificate)]
        credentials = yaml.safe_load((work.root / "moltseal.yml").read_text())["credentials"] or {}
        # A value that nothing in the tree checks is issued elsewhere.
        given = {
            "MOLTSEAL_" + name.upper().replace("-", "_"): f"given-{name}-0123456789"
            for name, entry in credentials.items() if "supplied" in entry
        }
        done = work.run(*rotate, check=False, variables=given)
        if done.returncode:
            return done.stderr.decode()
        new = (work.root / "overlays/prod/kustomization.yaml").read_bytes()
        self.assert_subsequence(old, new)
        self.assertEqual(build(work.root, "overlays/dev"), dev)
        self.assert_equivalent(before, build(work.root, "overlays/prod"), work)
        work.commit()
        state = work.tree()
        work.run(*rotate)
        self.assertEqual(workspace.differences(state, work.tree()), [])
        return None

    def assert_subsequence(self, old: bytes, new: bytes):
        """Every remaining line of the old text is unchanged and in order."""
        lines = old.splitlines(keepends=True)
        position = 0
        kept = 0
        for line in new.splitlines(keepends=True):
            try:
                position = lines.index(line, position) + 1
                kept += 1
            except ValueError:
                continue
        entries = old.count(b"secretGenerator") + 1
        self.assertGreater(kept, 0 if entries else -1, new)

    def assert_equivalent(self, before: bytes, after: bytes, work):
        def objects(text):
            return {(d["kind"], d["metadata"].get("namespace"), d["metadata"]["name"]): d
                    for d in yaml.safe_load_all(text) if d}

        old, new = objects(before), objects(after)
        self.assertNotIn("Secret", {kind for kind, _, _ in new})
        secrets = [key for key in old if key[0] == "Secret"]
        sealed = {key: d for key, d in new.items() if key[0] == "SealedSecret"}
        self.assertEqual(len(secrets), len(sealed))
        key = oracle.load_key(work.keypair.key)
        for (_, namespace, name), document in sealed.items():
            label = f"{namespace}/{name}".encode()
            for text in document["spec"]["encryptedData"].values():
                oracle.open_item(text, label, key)
        self.assertEqual({k for k in old if k[0] != "Secret"}, {k for k in new if k[0] != "SealedSecret"})


if __name__ == "__main__":
    unittest.main()
