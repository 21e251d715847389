"""Scenarios with real databases: a lagging hot standby, PgBouncer with auth_query, two Redis servers at once."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Callable

import psycopg
import yaml

import evidence
import oracle
from postgres import PostgreSQL
from test_live import ROLES, RolesCase
from workspace import TestCase, Workspace

ROOT = Path(__file__).resolve().parent.parent.parent
SEALED = "k8s/secrets/db-sealedsecret.yml"


def until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    """Waits until something is true."""
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError(f"still not: {what}")
        time.sleep(0.05)


def passwords(workspace: Workspace) -> dict[str, str]:
    """The password of each role, as its Secret has it."""
    secrets = oracle.open_file(workspace.root / SEALED, [workspace.keypair.key])
    return {secret["data"]["username"].decode(): secret["data"]["password"].decode() for secret in secrets}


def alter(server: PostgreSQL, role: str, password: str) -> None:
    """Sets a password as an operator does: PostgreSQL hashes it with a new salt."""
    ended = server.psql(server.url("postgres", ""), f"ALTER ROLE {role} LOGIN PASSWORD '{password}'".encode())
    if ended.returncode != 0:
        raise AssertionError(ended.stderr.decode())


def logs_in(server: PostgreSQL, role: str, password: str) -> bool:
    """Whether a server accepts a password."""
    return server.psql(server.url(role, f":{password}"), b"SELECT 1").returncode == 0


def serve(case: unittest.TestCase) -> PostgreSQL:
    """A server with both roles."""
    server = PostgreSQL()
    case.addCleanup(server.stop)
    server.psql(server.url("postgres", ""), b"CREATE ROLE app_a; CREATE ROLE app_b;")
    return server


class Standby(RolesCase):
    """Clients that read from a standby."""

    def test_lagging(self) -> None:
        """`altered` is no while the standby refuses the new password, and yes once it takes it."""
        primary = serve(self)
        new = passwords(self.workspace)["app_b"]
        alter(primary, "app_b", "old")
        standby = primary.standby()
        self.addCleanup(standby.stop)
        self.assertTrue(logs_in(standby, "app_b", "old"))

        def lsn(server: PostgreSQL, function: str) -> str:
            return server.psql(server.url("postgres", ""), f"SELECT {function}()".encode()).stdout.decode().strip()

        def altered() -> str:
            self.status(lsn(primary, "pg_current_wal_lsn"), lsn(standby, "pg_last_wal_replay_lsn"))
            return self.facts(self.reading_from("pg-ro"), "db")["altered"][0]

        standby.psql(standby.url("postgres", ""), b"SELECT pg_wal_replay_pause()")
        alter(primary, "app_b", new)
        self.assertTrue(logs_in(primary, "app_b", new))
        self.assertFalse(logs_in(standby, "app_b", new), "the harm")
        self.assertEqual(altered(), "no")
        standby.psql(standby.url("postgres", ""), b"SELECT pg_wal_replay_resume()")
        until(lambda: logs_in(standby, "app_b", new), "the standby has replayed")
        until(lambda: altered() == "yes", "altered")


class Pooler(TestCase):
    """PgBouncer asks the server for verifiers (`auth_query`), and logs in with its client's proof."""

    def setUp(self) -> None:
        self.workspace = self.keep(Workspace.of(ROLES))
        self.workspace.run("rotate", "--env", "prod")
        self.workspace.commit()
        self.server = serve(self)
        self.apply({})
        self.server.psql(self.server.url("postgres", ""), b"CREATE ROLE asks SUPERUSER LOGIN")
        folder = Path(tempfile.mkdtemp(prefix="moltseal-pool-"))
        self.addCleanup(shutil.rmtree, folder, True)
        self.server.own(folder)
        (folder / "users").write_text('"asks" ""\n')
        (folder / "ini").write_text(
            f"[databases]\npostgres = host={self.server.folder} port={self.server.PORT} auth_user=asks\n"
            "[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nauth_type = scram-sha-256\npool_mode = transaction\n"
            f"unix_socket_dir = {folder}\nlogfile = {folder}/log\npidfile = {folder}/pid\nauth_file = {folder}/users\n"
            "auth_query = SELECT usename, passwd FROM pg_shadow WHERE usename = $1\n"
            "server_login_retry = 0\nquery_wait_timeout = 2\n"
        )
        hba = Path(self.server.data) / "pg_hba.conf"
        hba.write_text("local all asks trust\n" + hba.read_text())
        self.server.psql(self.server.url("postgres", ""), b"SELECT pg_reload_conf()")
        program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
        pool = subprocess.Popen([*self.server.prefix, program, folder / "ini"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(pool.wait)
        self.addCleanup(pool.terminate)
        until(lambda: (folder / ".s.PGSQL.6432").exists(), "PgBouncer listens")
        self.folder = folder

    def apply(self, before: dict[str, dict]) -> dict[str, dict]:
        """What CloudNativePG does with changed Secrets: it sets the password of their roles again."""
        documents = yaml.safe_load_all((self.workspace.root / SEALED).read_text())
        now = {document["metadata"]["name"]: document["spec"] for document in documents}
        for role, password in passwords(self.workspace).items():
            name = f"db-{role[-1]}"
            if now[name] != before.get(name):
                alter(self.server, role, password)
        return now

    def connect(self, role: str) -> psycopg.Connection:
        connection = psycopg.connect(
            host=str(self.folder), port=6432, dbname="postgres", user=role, password=passwords(self.workspace)[role], autocommit=True)
        self.addCleanup(connection.close)
        return connection

    def works(self, connection: psycopg.Connection) -> bool:
        """Whether a client continues after its pool has to log in to the server again."""
        for command in ("RECONNECT", "WAIT_CLOSE"):
            console = [str(self.server.programs / "psql"), "-X", "-w", "-h", str(self.folder), "-p", "6432", "-U", "pgbouncer", "-d", "pgbouncer", "-c", command]
            subprocess.run([*self.server.prefix, *console], cwd=self.folder, check=True, capture_output=True, stdin=subprocess.DEVNULL)
        try:
            connection.execute("SELECT 1")
            return True
        except psycopg.Error:
            return False

    def test_same_password(self) -> None:
        """The harm: the same password, set again, has another salt, and the earlier clients can no longer log in."""
        client = self.connect("app_a")
        self.assertTrue(self.works(client), "a connection that ends is made anew")
        self.apply({})
        self.assertFalse(self.works(client))

    def test_label(self) -> None:
        """A label in the template changes the Secret of the idle role; the clients of the other one continue."""
        client = self.connect("app_a")
        self.assertTrue(self.works(client))
        documents = yaml.safe_load_all((self.workspace.root / SEALED).read_text())
        known = {document["metadata"]["name"]: document["spec"] for document in documents}
        template = self.workspace.root / "templates/db-template.yml"
        template.write_text(template.read_text().replace("namespace: rec}", 'namespace: rec, labels: {cnpg.io/reload: "true"}}'))
        self.workspace.commit()
        seen = self.workspace.base / "seen.json"
        seen.write_text(json.dumps(evidence.of((self.workspace.root / "k8s/secrets/moltseal.lock").read_bytes())))
        ended = self.workspace.run("rotate", "--env", "prod", "--evidence", str(seen))
        self.assertIn(b"a new password for app_b, which is not in use", ended.stdout)
        after = self.apply(known)
        self.assertEqual(known["db-a"], after["db-a"])
        self.assertNotEqual(known["db-b"], after["db-b"])
        self.assertTrue(self.works(client), "its verifier is the one that it has proven")
        self.assertTrue(self.works(self.connect("app_b")))


#: A key for Redis, as in docs/manifests/redis.
REDIS = {
    "moltseal.yml": (
        "apiVersion: moltseal.dev/v1\nkind: Workspace\ncredentials:\n"
        "  redis-password: {generate: {kind: alphanumeric, length: 48}, rotateEvery: 90d, tokenLifetime: 1h}\n"
        "environments:\n  prod:\n    deployed: false\n    kustomization: k8s/kustomization.yml\n    output: k8s/secrets\n    certificate: prod.pem\n"
    ),
    "templates/redis-template.yml": (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: redis-passwords, namespace: moltbook}\nstringData:\n"
        "  current: ${redis-password}\n  next: ${redis-password.next}\n  previous: ${redis-password.previous}\n"
    ),
    "k8s/kustomization.yml": "resources: []\n",
}


class Redis(TestCase):
    """The documented Redis: servers and clients restart in any order, and no client is refused."""

    def setUp(self) -> None:
        self.workspace = self.keep(Workspace.of(REDIS))
        self.folder = Path(tempfile.mkdtemp(prefix="moltseal-redis-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        (self.deployment,) = yaml.safe_load_all((ROOT / "docs/manifests/redis/redis.yml").read_text())
        (self.container,) = self.deployment["spec"]["template"]["spec"]["containers"]
        self.count = 0

    def step(self, *arguments: str) -> dict[str, str]:
        """A step of the key; the Secret after it."""
        self.workspace.run("rotate", "--env", "prod", *arguments)
        self.workspace.commit()
        (secret,) = oracle.open_file(self.workspace.root / "k8s/secrets/redis-sealedsecret.yml", [self.workspace.keypair.key])
        return {key: value.decode() for key, value in secret["data"].items()}

    def seen(self) -> str:
        """Evidence that everything has arrived."""
        path = self.workspace.base / "seen.json"
        path.write_text(json.dumps(evidence.of((self.workspace.root / "k8s/secrets/moltseal.lock").read_bytes())))
        return str(path)

    def start(self, secret: dict[str, str]) -> Path:
        """A server, started by the manifest's own lines; its socket, once its own probe succeeds."""
        self.count += 1
        folder = self.folder / str(self.count)
        for name in ("passwords", "acl"):
            (folder / name).mkdir(parents=True)
        for key, value in secret.items():
            (folder / "passwords" / key).write_text(value)
        where = folder / "socket"

        def placed(line: str) -> str:
            return line.replace("/passwords", f"{folder}/passwords").replace("/acl", f"{folder}/acl")

        script = placed(self.container["args"][0]).rstrip() + f" --port 0 --unixsocket {where} --dir {folder}\n"
        server = subprocess.Popen([*self.container["command"], script], stdout=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        probe = [placed(word).replace("redis-cli", f"redis-cli -s {where}") for word in self.container["readinessProbe"]["exec"]["command"]]
        until(lambda: subprocess.run(probe, capture_output=True, check=False).returncode == 0, "the probe is content")
        return where

    @staticmethod
    def takes(where: Path, password: str) -> bool:
        """Whether a server accepts a client's password."""
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(str(where))
            client.sendall(f"AUTH app {password}\r\nPING\r\n".encode())
            answer = b""
            while answer.count(b"\r\n") < 2:
                answer += client.recv(4096)
            return answer.endswith(b"+PONG\r\n")

    def test_orders(self) -> None:
        """Two servers at once, as in a rolling update, or one after the other; with earlier and later clients."""
        first = self.step()
        self.assertEqual(set(first), {"current", "next"})
        secrets = [first]
        secrets.append(self.step("--only", "redis-password", "--evidence", self.seen()))
        secrets.append(self.step("--evidence", self.seen()))
        self.assertEqual([sorted(secret) for secret in secrets], [["current", "next"], ["current", "next", "previous"], ["current", "next"]])
        servers = [self.start(secret) for secret in secrets]
        for before, after in ((0, 1), (1, 2)):
            for server in (before, after):
                for client in (before, after):
                    with self.subTest(servers=(before, after), server=server, client=client):
                        self.assertTrue(self.takes(servers[server], secrets[client]["current"]))
        # The controls: a retired password is refused, and so is a rotation without a publication.
        self.assertFalse(self.takes(servers[2], secrets[0]["current"]))
        self.assertFalse(self.takes(servers[0], secrets[2]["next"]))
        self.assertFalse(self.takes(servers[0], ""))

    def test_manifest(self) -> None:
        """One server at a time, because it keeps its data in memory; and a probe that logs in."""
        self.assertEqual(self.deployment["spec"]["strategy"], {"type": "Recreate"})
        secret = {"current": "a" * 48, "next": "b" * 48}
        where = self.start(secret)
        # A server that no longer accepts the password is not ready.
        (self.folder / "1/passwords/current").write_text("c" * 48)
        probe = [word.replace("/passwords", f"{self.folder}/1/passwords").replace("redis-cli", f"redis-cli -s {where}")
                 for word in self.container["readinessProbe"]["exec"]["command"]]  # fmt: skip
        self.assertNotEqual(subprocess.run(probe, capture_output=True, check=False).returncode, 0)


if __name__ == "__main__":
    unittest.main()
