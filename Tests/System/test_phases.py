"""Steps in every order: the model of all interleavings, and its paths replayed on PostgreSQL and a JWT library.

`phase-model` (Tests/PhaseModel) asks the real planner for every step. It explores every order of events, or prints
random paths: what the Secrets, the database and the pods have after each event. Real clients follow them here.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
import subprocess
import unittest
from pathlib import Path

import jwt
import psycopg
import yaml
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from postgres import PostgreSQL
from workspace import IS_LONG, TestCase, Workspace, binary

MODEL = Path(os.environ.get("PHASE_MODEL", binary().resolve().parent / "PhaseModel"))
LIVES = int(os.environ.get("MOLTSEAL_SEQUENCES", 200 if IS_LONG else 10))
PATHS, ROTATIONS = int(os.environ.get("MOLTSEAL_PATHS", 300 if IS_LONG else 10)), 10
ROLES = ("app_a", "app_b")


def model(*arguments: object) -> subprocess.CompletedProcess:
    """Runs the model to its end."""
    return subprocess.run([MODEL, *map(str, arguments)], capture_output=True, check=False, text=True, timeout=3000)


def paths(subject: str, count: int, seed: int = 1) -> list[list[dict]]:
    """Random paths, each a list of situations."""
    finished = model("paths", subject, count, ROTATIONS, seed)
    if finished.returncode != 0:
        raise AssertionError(finished.stderr)
    return [json.loads(line) for line in finished.stdout.splitlines()]


class Model(TestCase):
    """Every interleaving of the events, with the steps that the planner allows given true evidence."""

    def test_nobody_is_refused(self) -> None:
        """Keys, roles, and both together: two pods, three generations, reverts at any moment."""
        for subject, steps in (("keys", 8), ("roles", 10), ("both", 6), ("pairs", 7)):
            with self.subTest(subject):
                finished = model("explore", subject, steps)
                self.assertEqual(finished.returncode, 0, finished.stdout)
                self.assertRegex(finished.stdout, r"\Anobody is refused in \d{3,} situations\n\Z")

    def test_each_gate(self) -> None:
        """Without any one gate somebody is refused, and the shortest path to that is printed."""
        gates = {
            "nextIsKnown": "keys",
            "verifiersHaveNext": "pairs",
            "tokensOfPreviousAreDead": "keys",
            "previousIsDead": "keys",
            "targetHasItsPassword": "roles",
            "idleRoleIsReleased": "roles",
        }
        listed = model("explore", "keys", 1, "nope").stdout
        self.assertEqual(set(listed.split(": ")[1].split()) - {"secondRevert"}, set(gates))
        others = [("secondRevert", subject) for subject in ("keys", "roles", "pairs")]
        others += [("tokensOfPreviousAreDead", "pairs"), ("previousIsDead", "pairs")]
        for gate, subject in [*gates.items(), *others]:
            with self.subTest(gate, subject=subject):
                finished = model("explore", subject, 6, gate)
                self.assertEqual(finished.returncode, 1, finished.stdout)
                first, *events = finished.stdout.splitlines()
                self.assertRegex(first, r"\Arefused after \d+ events: a (pod|verifier) ")
                self.assertEqual(len(events), int(first.split()[2]))

    def test_one_role(self) -> None:
        """One role, whose password is replaced at once: the window is found."""
        finished = model("explore", "single", 2)
        self.assertRegex(finished.stdout, r"\Arefused after \d+ events: a pod logs in as role a")


class Lives(TestCase):
    """Random lives of a cluster with a clock, in which the real `Observation` looks and the real planner steps."""

    def test_nobody_is_refused(self) -> None:
        """Late syncs, lost nodes, restarts, autoscalers, reverts: nobody is refused, and no step is forgotten.

        Keys, keys with a copy of their Secret elsewhere, key pairs with verifiers, roles with a lagging standby.
        """
        for world, count in (("keys", LIVES), ("copies", LIVES // 2), ("published", LIVES // 2), ("roles", LIVES // 2)):
            with self.subTest(world):
                finished = model("live", world, count, 50, 1)
                self.assertEqual(finished.returncode, 0, finished.stdout)
                self.assertEqual(finished.stdout, f"0 of {count} sequences failed\n")

    def test_controls(self) -> None:
        """With forged evidence nearly every life fails; with a bound that forgets pods that vanished, some do."""
        for world in ("keys", "copies", "published", "roles"):
            finished = model("live", world, 20, 150, 1, "forged")
            self.assertEqual(finished.returncode, 1)
            self.assertGreaterEqual(int(finished.stdout.splitlines()[-1].split()[0]), 10, world)
        finished = model("live", "keys", 100, 100, 3, "forgetful")
        self.assertEqual(finished.returncode, 1, finished.stdout)
        self.assertRegex(finished.stdout, r"\Asequence \d+: pod \d+ with .* is shown a token")


class Pod:
    """A client that keeps a connection, opens others, and makes and uses tables."""

    def __init__(self, server: PostgreSQL, state: dict, passwords: dict[int, str]) -> None:
        self.state = state
        self.role = ROLES[state["role"] == "b"]
        self.password = passwords[state["password"]]
        self.server = server
        self.held = self.open()

    def open(self) -> psycopg.Connection:
        """A new connection."""
        return psycopg.connect(
            host=str(self.server.folder),
            port=self.server.PORT,
            user=self.role,
            password=self.password,
            dbname="postgres",
            autocommit=True,
        )

    def work(self, table: str) -> None:
        """What a migration and a request do, over the held connection and over a new one."""
        with self.open() as fresh:
            fresh.execute(f"CREATE TABLE IF NOT EXISTS {table} (id serial PRIMARY KEY, by text)")
            fresh.execute(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {self.role} int")
            fresh.execute(f"INSERT INTO {table} (by) VALUES (%s)", (self.role,))
        self.held.execute(f"UPDATE {table} SET {self.role} = 1")
        self.held.execute(f"DELETE FROM {table} WHERE id IN (SELECT id FROM {table} ORDER BY id LIMIT 1)")

    def close(self) -> None:
        """Ends it."""
        self.held.close()


class Replay(TestCase):
    """The paths on a real server."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = PostgreSQL()
        cls.addClassCleanup(cls.server.stop)
        cls.admin = psycopg.connect(
            host=str(cls.server.folder), port=cls.server.PORT, user="postgres", dbname="postgres", autocommit=True
        )
        cls.addClassCleanup(cls.admin.close)
        cls.admin.execute("CREATE ROLE app NOLOGIN")
        cls.admin.execute("GRANT CREATE, USAGE ON SCHEMA public TO app")
        for role in ROLES:
            cls.admin.execute(f"CREATE ROLE {role} LOGIN INHERIT IN ROLE app")
            cls.admin.execute(f"ALTER ROLE {role} SET role TO app")

    def alter(self, role: str, password: str) -> None:
        """What the operator does."""
        self.admin.execute(f"ALTER ROLE {role} PASSWORD '{password}'")

    def follow(self, path: list[dict], table: str) -> tuple[int, int]:
        """Logins tried and refused along one path."""
        passwords = {number: secrets.token_hex(16) for number in range(256)}
        tried = refused = 0
        database: list[int] = [0, 0]
        pods: list[Pod] = []
        for situation in path:
            changed = set()
            for index, role in enumerate(ROLES):
                if situation["database"][index] != database[index]:
                    database[index] = situation["database"][index]
                    self.alter(role, passwords[database[index]])
                    changed.add(role)
            # An unchanged pod is the same one, with the connection that it keeps.
            wanted, kept = list(situation["pods"]), []
            for pod in pods:
                if pod.state in wanted:
                    wanted.remove(pod.state)
                    kept.append(pod)
                else:
                    pod.close()
            pods = kept
            fresh = []
            for state in wanted:
                tried += 1
                try:
                    fresh.append(Pod(self.server, state, passwords))
                except psycopg.OperationalError:
                    refused += 1
            pods += fresh
            for pod in pods:
                if pod in fresh or pod.role in changed:
                    tried += 1
                    try:
                        pod.work(table)
                    except psycopg.OperationalError:
                        refused += 1
        for pod in pods:
            pod.close()
        self.admin.execute(f"DROP TABLE IF EXISTS {table}")
        return tried, refused

    def test_two_roles(self) -> None:
        """No login is refused, and every table can be used by both roles."""
        tried = reverts = 0
        for index, path in enumerate(paths("both", PATHS)):
            logins, refused = self.follow(path, f"t_{index}")
            self.assertEqual(refused, 0, [situation["event"] for situation in path])
            tried += logins
            reverts += sum(situation["event"] == "revert" for situation in path)
        self.assertGreater(tried, PATHS * ROTATIONS)
        self.assertGreater(reverts, PATHS)

    def test_one_role(self) -> None:
        """The same with one role shows the window."""
        refused = sum(self.follow(path, f"s_{index}")[1] for index, path in enumerate(paths("single", 20)))
        self.assertGreater(refused, 20)

    def test_control(self) -> None:
        """Without `SET role` the other role cannot use a table: the replay would notice."""
        for role in ("plain_a", "plain_b"):
            self.admin.execute(f"CREATE ROLE {role} LOGIN INHERIT IN ROLE app PASSWORD 'x'")
        host, port = str(self.server.folder), self.server.PORT
        with psycopg.connect(host=host, port=port, user="plain_a", password="x", dbname="postgres") as one:
            one.execute("CREATE TABLE mine (id int)")
        with psycopg.connect(host=host, port=port, user="plain_b", password="x", dbname="postgres") as other:
            with self.assertRaises(psycopg.errors.InsufficientPrivilege):
                other.execute("INSERT INTO mine VALUES (1)")


class Tokens(TestCase):
    """The paths with PyJWT."""

    def follow(self, path: list[dict], known: slice) -> tuple[int, int]:
        """Tokens shown and refused; `known` gives the keys with which a pod verifies."""
        keys = {number: secrets.token_bytes(64) for number in range(64)}
        tokens: dict[int, str] = {}
        shown = refused = 0
        for situation in path:
            for number in range(1, 64):
                if not situation["tokens"] >> number & 1:
                    tokens.pop(number, None)
                elif number not in tokens:
                    tokens[number] = jwt.encode({"sub": "agent"}, keys[number], algorithm="HS512")
            for pod in situation["pods"]:
                for token in tokens.values():
                    shown += 1
                    for number in pod["keys"][known]:
                        try:
                            jwt.decode(token, keys[number], algorithms=["HS512"])
                            break
                        except jwt.InvalidSignatureError:
                            continue
                    else:
                        refused += 1
        return shown, refused

    def test_three_keys(self) -> None:
        """Current, previous and next: not one valid token is refused."""
        shown = 0
        for path in paths("keys", PATHS, seed=2):
            tokens, refused = self.follow(path, slice(0, 3))
            self.assertEqual(refused, 0, [situation["event"] for situation in path])
            shown += tokens
        self.assertGreater(shown, PATHS * ROTATIONS)

    def test_without_next(self) -> None:
        """Pods that ignore the next key refuse: the replay would notice."""
        refused = sum(self.follow(path, slice(0, 2))[1] for path in paths("keys", 20))
        self.assertGreater(refused, 20)

    def test_key_sets(self) -> None:
        """Key pairs, and verifiers that identify keys by `kid` and keep a key set for a while."""
        pairs = [ed25519.Ed25519PrivateKey.generate() for _ in range(64)]
        names = [thumbprint(pair) for pair in pairs]
        self.assertGreater(self.follow_sets(paths("pairs", PATHS, seed=3), pairs, names, "caches"), PATHS * ROTATIONS)
        # Verifiers that read what is published at once would not show a cache that is too old; these do.
        with self.assertRaises(AssertionError):
            self.follow_sets(paths("pairs", 20), pairs, names, "stale")

    def follow_sets(self, walks: list[list[dict]], pairs: list, names: list[str], which: str) -> int:
        """Tokens shown to verifiers along paths; `stale` ones keep the first key set forever."""
        shown = 0
        for path in walks:
            tokens: dict[int, str] = {}
            for situation in path:
                for number in range(1, 64):
                    if not situation["tokens"] >> number & 1:
                        tokens.pop(number, None)
                    elif number not in tokens:
                        header = {"kid": names[number]}
                        tokens[number] = jwt.encode({"sub": "a"}, pairs[number], algorithm="EdDSA", headers=header)
                for cache in situation["caches"] if which == "caches" else path[0]["caches"]:
                    known = {names[number]: pairs[number].public_key() for number in cache if number}
                    for token in tokens.values():
                        shown += 1
                        kid = jwt.get_unverified_header(token)["kid"]
                        self.assertIn(kid, known, [situation["event"] for situation in path])
                        jwt.decode(token, known[kid], algorithms=["EdDSA"])
        return shown


def urlsafe(data: bytes) -> str:
    """URL-safe base64 without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def thumbprint(pair: object) -> str:
    """RFC 7638, by PyJWT's own JSON Web Keys."""
    algorithm = {
        ed25519.Ed25519PrivateKey: OKPAlgorithm,
        ec.EllipticCurvePrivateKey: ECAlgorithm,
        rsa.RSAPrivateKey: RSAAlgorithm,
    }
    (kind,) = [made for base, made in algorithm.items() if isinstance(pair, base)]
    key = kind.to_jwk(pair.public_key(), as_dict=True)
    wanted = {"RSA": ("e", "kty", "n"), "EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x")}[key["kty"]]
    text = json.dumps({name: key[name] for name in sorted(wanted)}, separators=(",", ":"))
    return urlsafe(hashlib.sha256(text.encode()).digest())


class Pairs(TestCase):
    """The key pairs of the binary, read by other programs."""

    KINDS = {
        "ed": ("{kind: ed25519}", "EdDSA"),
        "p256": ("{kind: ec, curve: P-256}", "ES256"),
        "p384": ("{kind: ec, curve: P-384}", "ES384"),
        "p521": ("{kind: ec, curve: P-521}", "ES512"),
        "rsa": ("{kind: rsa, bits: 2048}", "RS256"),
        "rsa3": ("{kind: rsa, bits: 3072}", "PS256"),
    }

    def test_formats(self) -> None:
        """PKCS#8, SPKI and key sets: each private key signs what its public half in the ConfigMap verifies."""
        credentials = "".join(
            f"  {name}: {{generate: {kind}, use: jwt, tokenLifetime: 1h, cacheTime: 10m}}\n"
            for name, (kind, _) in self.KINDS.items()
        )
        items = "".join(f"  {name}: ${{{name}}}\n" for name in self.KINDS)
        data = "".join(
            f"  {name}.json: ${{{name}.jwks}}\n  {name}.pem: ${{{name}.public}}\n" for name in self.KINDS
        )
        files = {
            "moltseal.yml": (
                f"apiVersion: moltseal.dev/v1\nkind: Workspace\ncredentials:\n{credentials}"
                "environments:\n  prod:\n    deployed: false\n    kustomization: k8s/kustomization.yml\n"
                "    output: k8s/secrets\n"
            ),
            "templates/keys-template.yml": (
                f"apiVersion: v1\nkind: Secret\nmetadata: {{name: keys, namespace: web}}\nstringData:\n{items}"
            ),
            "templates/public-template.yml": (
                f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: public, namespace: web}}\ndata:\n{data}"
            ),
            "k8s/kustomization.yml": "resources: []\n",
        }
        workspace = self.keep(Workspace.of(files))
        workspace.run("rotate", "--env", "prod")
        values = {item: value for (_, item), value in workspace.values().items()}
        public = yaml.safe_load((workspace.root / "k8s/secrets/public-configmap.yml").read_text())["data"]
        for name, (_, algorithm) in self.KINDS.items():
            with self.subTest(name):
                pair = serialization.load_pem_private_key(values[name], password=None)
                keys = json.loads(public[f"{name}.json"])["keys"]
                self.assertEqual(len(keys), 2)
                self.assertEqual(keys[0]["kid"], thumbprint(pair))
                self.assertNotIn("d", keys[0])
                token = jwt.encode({"sub": "a"}, pair, algorithm=algorithm, headers={"kid": keys[0]["kid"]})
                for key in (jwt.PyJWK(keys[0], algorithm).key, public[f"{name}.pem"]):
                    self.assertEqual(jwt.decode(token, key, algorithms=[algorithm]), {"sub": "a"})
                with self.assertRaises(jwt.InvalidSignatureError):
                    jwt.decode(token, jwt.PyJWK(keys[1], algorithm).key, algorithms=[algorithm])


if __name__ == "__main__":
    unittest.main()
