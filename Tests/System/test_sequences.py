"""Random sequences of commands, edits, reverts and merges, compared with a plain model of every value.

After each: the oracle opens every item, every value is the model's, what did not change has the same ciphertext byte for
byte, and a run with nothing to do writes nothing.
"""

from __future__ import annotations

import copy
import json
import os
import random
import re
import unittest
from pathlib import Path

import yaml

import evidence
import oracle
from workspace import IS_LONG, TestCase, Workspace, binary, run_to_end

SEQUENCES, LENGTH = int(os.environ.get("MOLTSEAL_SEQUENCES", 300 if IS_LONG else 15)), 7
LOCK = "k8s/secrets/moltseal.lock"
FILES = {
    "moltseal.yml": (
        "apiVersion: moltseal.dev/v1\nkind: Workspace\ncredentials:\n"
        "  jwt: {generate: {kind: base64url, bytes: 64}, use: jwt, rotateEvery: 90d, tokenLifetime: 1h}\n"
        "  db: {generate: {kind: alphanumeric, length: 32}, roles: {a: app_a, b: app_b}, rotateEvery: 90d}\n"
        "  app: {generate: {kind: password, length: 40}, rotateEvery: 90d}\n"
        "  sign: {generate: {kind: ed25519}, rotateEvery: 90d, tokenLifetime: 1h, cacheTime: 1m}\n"
        "environments:\n  prod:\n    deployed: false\n    kustomization: k8s/kustomization.yml\n    output: k8s/secrets\n"
        "    certificate: prod.pem\n"
    ),
    "templates/api-template.yml": (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: api, namespace: web}\nstringData:\n"
        "  KEY: ${jwt}\n  PREVIOUS: ${jwt.previous}\n  NEXT: ${jwt.next}\n  URL: x://app:${app|uri}@h\n  SIGN: ${sign}\n"
    ),
    "templates/app-template.yml": (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: app, namespace: web}\nstringData:\n"
        '  PASSWORD: ${app}\n  LEVEL: "level-0"\n'
    ),
    "templates/db-template.yml": (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: web}\nstringData:\n"
        "  user: ${db.role}\n  password: ${db}\n  uri: p://${db.role}:${db}@h\n"
    ),
    "templates/keys-template.yml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: keys, namespace: web}\ndata:\n  jwks.json: ${sign.jwks}\n"
    ),
    "k8s/kustomization.yml": "# ours\nresources:\n  - deployment.yml # the API\n",
    "k8s/deployment.yml": (
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: api, namespace: web}\nspec:\n"
        "  selector: {matchLabels: {app: api}}\n  template:\n    metadata: {labels: {app: api}}\n    spec:\n"
        "      containers:\n        - name: api\n          image: example.com/api:1\n"
        "          envFrom: [{secretRef: {name: api}}, {secretRef: {name: db-a}}]\n"
    ),
}

#: What the oracle has opened, by label and ciphertext.
OPENED: dict[tuple[bytes, str], bytes] = {}

#: The values that the model knows, by name: `jwt.next`, `db@a`; with the phase of each credential.
Model = dict[str, object]


class Sequence:
    """One workspace, and the model of its content after each commit."""

    def __init__(self, test: TestCase, workspace: Workspace, chance: random.Random) -> None:
        self.test, self.workspace, self.chance = test, workspace, chance
        self.key = oracle.load_key(workspace.keypair.key)
        self.model: Model = {"role": "a", "flipped": False, "previous": False, "signPrevious": False, "level": "level-0"}
        #: The roles whose password has leaked and is not replaced yet.
        self.model["marks"] = frozenset()
        self.history: list[Model] = []
        self.ciphertexts: dict[tuple[str, str], str] = {}
        self.seen: set[bytes] = set()
        self.done: list[str] = []
        self.learn(set(self.names()), "cutover")

    # -- What stands there

    def names(self) -> list[str]:
        """The names of the generated values."""
        names = ["jwt", "jwt.next", "app", "db@a", "db@b", "sign", "sign.next"]
        return names + (["jwt.previous"] if self.model["previous"] else [])

    def secrets(self) -> list[dict]:
        """Every SealedSecret."""
        paths = sorted((self.workspace.root / "k8s/secrets").glob("*-sealedsecret.yml"))
        return [secret for path in paths for secret in yaml.load_all(path.read_bytes(), yaml.CSafeLoader)]

    def open(self, secret: dict, ciphertext: str) -> bytes:
        """One value; opened values are cached."""
        label = oracle.label(secret["metadata"])
        if (label, ciphertext) not in OPENED:
            OPENED[label, ciphertext] = oracle.open_item(ciphertext, label, self.key)
        return OPENED[label, ciphertext]

    def opened(self) -> dict[tuple[str, str], bytes]:
        """Every item, opened."""
        return {
            (secret["metadata"]["name"], item): self.open(secret, value)
            for secret in self.secrets()
            for item, value in secret["spec"]["encryptedData"].items()
        }

    def sealed(self) -> dict[tuple[str, str], str]:
        """Every ciphertext."""
        return {
            (secret["metadata"]["name"], item): value
            for secret in self.secrets()
            for item, value in secret["spec"]["encryptedData"].items()
        }

    def values(self) -> dict[str, bytes]:
        """The values by name; they must be the same everywhere."""
        items = self.opened()
        self.test.assertEqual(items["app", "LEVEL"].decode(), self.model["level"], self.done)
        found = {"jwt": items["api", "KEY"], "jwt.next": items["api", "NEXT"], "app": items["app", "PASSWORD"]}
        found["sign"] = items["api", "SIGN"]
        (waiting,) = yaml.load(self.read(LOCK), yaml.CSafeLoader)["waiting"]
        (api,) = [secret for secret in self.secrets() if secret["metadata"]["name"] == "api"]
        found["sign.next"] = self.open(api, waiting["sealed"])
        self.test.assertEqual("PREVIOUS" in {item for _, item in items}, self.model["previous"], self.done)
        if self.model["previous"]:
            found["jwt.previous"] = items["api", "PREVIOUS"]
        quoted = re.fullmatch(rb"x://app:(.*)@h", items["api", "URL"])[1]
        plain = re.sub(rb"%([0-9A-F]{2})", lambda match: bytes([int(match[1], 16)]), quoted)
        self.test.assertEqual(plain, found["app"], self.done)
        for role in "ab":
            name = f"db-{role}"
            self.test.assertEqual(items[name, "user"], f"app_{role}".encode())
            password = found[f"db@{role}"] = items[name, "password"]
            self.test.assertEqual(items[name, "uri"], b"p://app_%s:%s@h" % (role.encode(), password))
        return found

    def learn(self, made: set[str], what: str) -> None:
        """Checks everything after a commit; `made` are the new values, which must never have existed before."""
        self.done.append(what)
        found = self.values()
        for name in self.names():
            if name in made:
                self.test.assertNotIn(found[name], self.seen, self.done)
                self.seen.add(found[name])
                self.model[name] = found[name]
            self.test.assertEqual(found[name], self.model[name], (name, self.done))
        named = re.search(r"name: db-(\w)\n.*\n? *fieldPath: \"?metadata.name", self.read("k8s/kustomization.yml"))
        self.test.assertEqual(named[1], self.model["role"], self.done)
        keys = json.loads(yaml.safe_load(self.read("k8s/secrets/keys-configmap.yml"))["data"]["jwks.json"])["keys"]
        self.test.assertEqual(len(keys), 3 if self.model["signPrevious"] else 2, self.done)
        self.history.append(copy.copy(self.model))
        self.ciphertexts = self.sealed()

    def read(self, name: str) -> str:
        """A file's text."""
        return (self.workspace.root / name).read_text()

    # -- What is done

    def run(self, *arguments: str, check: bool = True):
        """Runs the binary with evidence that everything has arrived."""
        seen = self.workspace.home / "evidence.json"
        seen.write_text(json.dumps(evidence.of((self.workspace.root / LOCK).read_bytes())))
        return self.workspace.run(*arguments, "--env", "prod", "--evidence", str(seen), check=check)

    def commit(self, made: set[str], what: str, untouched: bool = True, moved: tuple[str, ...] = ()) -> None:
        """Commits, checks, and checks that nothing else has changed."""
        before = self.ciphertexts
        self.workspace.commit()
        self.learn(made, what)
        if untouched:
            holders = {
                "jwt": ["KEY"],
                "jwt.next": ["NEXT"],
                "jwt.previous": ["PREVIOUS"],
                "app": ["URL", "PASSWORD"],
                "sign": ["SIGN"],
                "level": ["LEVEL"],
            }
            may_move = {item for name in (*made, *moved) for item in holders.get(name, [])}
            for (secret, item), value in before.items():
                role = secret.removeprefix("db-") if secret.startswith("db-") else None
                if item in may_move or role and f"db@{role}" in made and item != "user":
                    continue
                self.test.assertEqual(self.ciphertexts.get((secret, item)), value, (secret, item, self.done))

    def rotate_jwt(self) -> None:
        """The next key signs."""
        self.run("rotate", "--only", "jwt")
        self.model |= {"jwt.previous": self.model["jwt"], "jwt": self.model["jwt.next"], "previous": True}
        self.commit({"jwt.next"}, "rotate jwt", moved=("jwt", "jwt.previous"))

    def rotate_sign(self) -> None:
        """The waiting private key signs: nobody has seen it before."""
        self.run("rotate", "--only", "sign")
        self.model |= {"sign": self.model["sign.next"], "signPrevious": True}
        self.commit({"sign.next"}, "rotate sign", moved=("sign",))

    def rotate_app(self) -> None:
        """A new value at once."""
        self.run("rotate", "--only", "app")
        self.commit({"app"}, "replace app")

    def leak_step(self) -> set[str]:
        """The next step of a leaked pair: the idle role first, then the flip; returns what is new."""
        role, marks = self.model["role"], self.model["marks"]
        idle = "b" if role == "a" else "a"
        if idle in marks:
            self.model |= {"marks": marks - {idle}, "flipped": False}
            return {f"db@{idle}"}
        self.model |= {"role": idle, "flipped": True}
        return set()

    def step_db(self) -> None:
        """A flip, or the renewal that follows one."""
        self.run("rotate", "--only", "db")
        if self.model["marks"]:
            self.commit(self.leak_step(), "the next step of a leak")
            return
        role = self.model["role"]
        idle = "b" if role == "a" else "a"
        if self.model["flipped"]:
            self.model["flipped"] = False
            self.commit({f"db@{idle}"}, f"renew {idle}")
        else:
            self.model |= {"role": idle, "flipped": True}
            self.commit(set(), f"flip to {idle}")

    def rotate(self) -> None:
        """The steps that need no request: a retirement, a renewal."""
        finished = self.run("rotate")
        made, moved = set(), []
        isBusy = self.model["previous"] or self.model["signPrevious"]
        if self.model["previous"]:
            self.model["previous"] = False
            del self.model["jwt.previous"]
            moved.append("jwt.previous")
        self.model["signPrevious"] = False
        idle = "b" if self.model["role"] == "a" else "a"
        # Values come first: a flip waits for a run of its own.
        if self.model["marks"] and (idle in self.model["marks"] or not isBusy):
            made |= self.leak_step()
        elif self.model["flipped"] and not self.model["marks"]:
            self.model["flipped"] = False
            made.add(f"db@{idle}")
        if not made and not moved and b"\nWrote " not in finished.stdout:
            self.test.assertIn(b"nothing to do", finished.stdout)
            return
        self.commit(made, "rotate", moved=tuple(moved))

    def compromise(self) -> None:
        """Nothing of the old value stays."""
        name = self.chance.choice(["jwt", "app", "db", "sign"])
        self.run("rotate", "--compromised", name)
        made = {"jwt": {"jwt", "jwt.next"}, "app": {"app"}, "db": set(), "sign": {"sign.next"}}[name]
        moved: tuple[str, ...] = ()
        if name == "jwt":
            self.model["previous"] = False
            moved = ("jwt.previous",)
        if name == "sign":
            # The next key, which did not leak and which everybody has, takes over at once.
            self.model |= {"sign": self.model["sign.next"], "signPrevious": False}
            moved = ("sign",)
        if name == "db":
            self.model["marks"] = self.model["marks"] or frozenset("ab")
            made = self.leak_step()
        self.commit(made, f"compromised {name}", moved=moved)

    def edit(self) -> None:
        """A literal of a template, then `apply`."""
        level = f"level-{self.chance.randrange(1000)}"
        path = self.workspace.root / "templates/app-template.yml"
        path.write_text(path.read_text().replace(str(self.model["level"]), level))
        self.workspace.commit()
        self.run("apply")
        self.model["level"] = level
        self.commit(set(), f"edit {level}", moved=("level",))
        # A revert of one commit would leave the other.
        self.history[:] = self.history[-1:]

    def reseal(self) -> None:
        """Everything for the newest of the keys, as after the controller renewed its key."""
        finished = run_to_end(
            [binary(), "reseal", "--private-key", self.workspace.keypair.key, "--certificate", "prod.pem"]
            + [str(path) for path in (self.workspace.root / "k8s/secrets").glob("*-sealedsecret.yml")],
            self.workspace.root,
            self.workspace.environment(),
        )
        self.test.assertEqual(finished.returncode, 0, finished.stderr)
        if self.workspace.git("status", "--porcelain"):
            self.commit(set(), "reseal", untouched=False)

    def re_encrypt(self) -> None:
        """One file sealed again by somebody else; the next run takes it over."""
        path = self.workspace.root / "k8s/secrets/api-sealedsecret.yml"
        content = yaml.safe_load(path.read_text())
        public, label = self.key.public_key(), oracle.label(content["metadata"])
        for item, value in content["spec"]["encryptedData"].items():
            content["spec"]["encryptedData"][item] = oracle.seal(self.open(content, value), label, public)
        path.write_text(yaml.safe_dump(content, sort_keys=False, width=10**6))
        self.workspace.commit()
        finished = self.run("apply")
        self.test.assertIn(b"the lock file is updated", finished.stderr, self.done)
        self.commit(set(), "re-encrypt", untouched=False)
        self.history[:] = self.history[-1:]

    def revert(self) -> None:
        """The last commit, reverted with git."""
        if len(self.history) < 2:
            return
        self.workspace.git("revert", "--no-edit", "HEAD")
        self.model = copy.copy(self.history[-2])
        self.learn(set(), "revert")

    def merge(self) -> None:
        """Two branches that both took a step of one credential conflict in the lock file."""
        self.workspace.git("branch", "-f", "side")
        self.run("rotate", "--only", "app")
        self.commit({"app"}, "replace app, before a merge")
        self.workspace.git("switch", "-q", "side")
        self.run("rotate", "--only", "app")
        self.workspace.commit()
        self.workspace.git("switch", "-q", "main")
        self.workspace.git("merge", "-q", "side", check=False)
        self.test.assertIn(LOCK, self.workspace.git("diff", "--name-only", "--diff-filter=U"), self.done)
        self.workspace.git("merge", "--abort")

    def idle(self) -> None:
        """A run with nothing to do writes nothing, and needs no evidence."""
        before = self.workspace.git("rev-parse", "HEAD^{tree}")
        finished = self.workspace.run("apply", "--env", "prod")
        self.test.assertIn(b"nothing to do", finished.stdout, self.done)
        self.test.assertEqual(self.workspace.git("status", "--porcelain"), "", self.done)
        self.test.assertEqual(self.workspace.git("rev-parse", "HEAD^{tree}"), before)


class Sequences(TestCase):
    """Many of them."""

    def test_sequences(self) -> None:
        """Any actions in any order."""
        start = self.keep(Workspace.of(FILES))
        start.run("rotate", "--env", "prod")
        start.commit()
        steps = [
            Sequence.rotate_jwt,
            Sequence.rotate_sign,
            Sequence.rotate_app,
            Sequence.step_db,
            Sequence.step_db,
            Sequence.rotate,
            Sequence.rotate,
            Sequence.compromise,
            Sequence.edit,
            Sequence.reseal,
            Sequence.re_encrypt,
            Sequence.revert,
            Sequence.revert,
            Sequence.merge,
        ]
        workspace = self.keep(start.clone())
        for number in range(SEQUENCES):
            with self.subTest(sequence=number):
                workspace.become(start)
                chance = random.Random(number)
                sequence = Sequence(self, workspace, chance)
                for _ in range(LENGTH):
                    chance.choice(steps)(sequence)
                sequence.idle()


if __name__ == "__main__":
    unittest.main()
