"""The filters, each checked with a foreign parser: urllib, base64, json, and libpq with PostgreSQL."""

from __future__ import annotations

import base64
import json
import string
import subprocess
import tempfile
import unittest
from typing import Callable
from urllib.parse import unquote_to_bytes, urlsplit

from postgres import PostgreSQL
from workspace import TestCase, Workspace

PRINTABLE = bytes(range(0x20, 0x7F))

#: Supplied values: all printable characters in several orders, and what breaks naive escaping.
VALUES = [
    PRINTABLE,
    PRINTABLE[::-1],
    PRINTABLE[1::2] + PRINTABLE[::2],
    b"p@ss:w/o?r#d%20 +&=;,![]{}",
    b"%41%zz%",
    b"'single' \"double\" \\ \\n \\u0041 `tick`",
    b"${v-0} $${v-0} ${",
    b"tab\there, line\nbreak, carriage\rreturn, bell\a, escape\x1b, delete\x7f.",
    "pässwörd ☃ 🦞 \u2028 \u2029 \ufeff.".encode(),
    b"=+/",
    b"~",
]


def padded(text: bytes) -> bytes:
    """base64url with the padding that Python requires."""
    return text + b"=" * (-len(text) % 4)


def url_password(text: bytes) -> bytes:
    """The password of a URL around the text, as urllib reads it."""
    url = urlsplit(b"postgresql://user:" + text + b"@host:5432/database")
    if (url.username, url.hostname, url.port, url.path) != (b"user", b"host", 5432, b"/database"):
        raise ValueError(f"the value breaks its URL: {text!r}")
    return unquote_to_bytes(url.password)


def json_string(text: bytes) -> bytes:
    """The string of a JSON document around the text."""
    return json.loads(b'{"value": "' + text + b'"}')["value"].encode()


#: Filters as a template has them, and their inverse.
FILTERS: dict[str, Callable[[bytes], bytes]] = {
    "uri": url_password,
    "base64": lambda text: base64.b64decode(text, validate=True),
    "base64url": lambda text: base64.urlsafe_b64decode(padded(text)),
    "hex": lambda text: bytes.fromhex(text.decode()),
    "json": json_string,
    "json|base64": lambda text: json_string(base64.b64decode(text, validate=True)),
    "base64|uri": lambda text: base64.b64decode(url_password(text), validate=True),
    "uri|json": lambda text: url_password(json_string(text)),
    "hex|base64url": lambda text: bytes.fromhex(base64.urlsafe_b64decode(padded(text)).decode()),
}


def key(index: int, filters: str) -> str:
    """The item for one value under some filters."""
    return f"V{index}_{filters.replace('|', '_')}"


def workspace_files(credentials: str, string_data: str) -> dict[str, str]:
    """A workspace with one template."""
    return {
        "moltseal.yml": (
            "apiVersion: moltseal.dev/v1\nkind: Workspace\ntemplates: templates\n\n"
            f"credentials:\n{credentials}\n"
            "environments:\n  prod:\n    deployed: false\n    kustomization: k8s/kustomization.yml\n"
            "    output: k8s/secrets\n"
        ),
        "templates/filters-template.yml": (
            "apiVersion: v1\nkind: Secret\nmetadata: {name: filters, namespace: demo}\n"
            f"stringData:\n{string_data}"
        ),
        "k8s/kustomization.yml": "resources: []\n",
    }


class RoundTrip(TestCase):
    """Values through filters and back."""

    def seal(
        self, credentials: str, string_data: str, *options: str, variables: dict | None = None
    ) -> dict[str, bytes]:
        """The items of a workspace with these credentials and this template."""
        workspace = self.keep(Workspace.of(workspace_files(credentials, string_data)))
        workspace.run("rotate", "--env", "prod", *options, variables=variables)
        return {item: value for (_, item), value in workspace.values().items()}

    def test_supplied(self) -> None:
        """Each supplied value, unfiltered and under every filter."""
        items = self.seal(
            "".join(f"  v-{index}: {{supplied: true}}\n" for index in range(len(VALUES))),
            "".join(
                f"  V{index}: ${{v-{index}}}\n"
                + "".join(f'  {key(index, filters)}: "${{v-{index}|{filters}}}"\n' for filters in FILTERS)
                for index in range(len(VALUES))
            ),
            variables={f"MOLTSEAL_V_{index}": value for index, value in enumerate(VALUES)},
        )
        for index, value in enumerate(VALUES):
            self.assertEqual(items[f"V{index}"], value)
            for filters, inverse in FILTERS.items():
                with self.subTest(value=value, filters=filters):
                    self.assertEqual(inverse(items[key(index, filters)]), value)

    def test_shapes(self) -> None:
        """What each filter may print: no byte outside its alphabet."""
        names = ("uri", "hex", "base64", "base64url")
        items = self.seal(
            "  v-0: {supplied: true}\n",
            "".join(f'  {key(0, filters)}: "${{v-0|{filters}}}"\n' for filters in names),
            variables={"MOLTSEAL_V_0": PRINTABLE},
        )
        self.assertRegex(items["V0_uri"], rb"\A(?:[A-Za-z0-9._~-]|%[0-9A-F]{2})+\Z")
        self.assertRegex(items["V0_hex"], rb"\A(?:[0-9a-f]{2})+\Z")
        self.assertRegex(items["V0_base64"], rb"\A[A-Za-z0-9+/]+={0,2}\Z")
        self.assertRegex(items["V0_base64url"], rb"\A[A-Za-z0-9_-]+={0,2}\Z")

    def test_bytes(self) -> None:
        """Every possible byte, from a file."""
        value = bytes(range(256))
        names = ("uri", "base64", "base64url", "hex")
        with tempfile.NamedTemporaryFile() as file:
            file.write(value)
            file.flush()
            items = self.seal(
                "  v-0: {supplied: true}\n",
                "".join(f'  {key(0, filters)}: "${{v-0|{filters}}}"\n' for filters in names),
                "--supply",
                f"v-0=@{file.name}",
            )
        for filters in names:
            self.assertEqual(FILTERS[filters](items[key(0, filters)]), value, filters)

    def test_generated(self) -> None:
        """Passwords with every symbol, and a password in a URL and in a JSON document."""
        quoted = string.punctuation.replace("'", "''")
        items = self.seal(
            f"  v-0: {{generate: {{kind: password, length: 200, symbols: '{quoted}'}}}}\n",
            "  PLAIN: ${v-0}\n" + "".join(f'  {key(0, filters)}: "${{v-0|{filters}}}"\n' for filters in FILTERS),
        )
        self.assertRegex(items["PLAIN"], rb"\A[!-~]{200}\Z")
        for filters, inverse in FILTERS.items():
            self.assertEqual(inverse(items[key(0, filters)]), items["PLAIN"], filters)


class Login(TestCase):
    """`psql` logs in through the URLs that `|uri` makes."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = PostgreSQL()
        cls.addClassCleanup(cls.server.stop)

    def set_password(self, role: str, password: bytes) -> None:
        """Makes a role with a password."""
        literal = password.replace(b"'", b"''")
        finished = self.server.psql(
            self.server.url("postgres", ""), b"CREATE ROLE %s LOGIN PASSWORD '%s';" % (role.encode(), literal)
        )
        self.assertEqual(finished.returncode, 0, finished.stderr.decode())

    def test_printable_range(self) -> None:
        """Passwords with each printable character at the beginning, in the middle and at the end, and all of them."""
        passwords = [b"%caB3%cx9%c" % (byte, byte, byte) for byte in PRINTABLE] + [PRINTABLE, PRINTABLE[::-1]]
        roles = [f"role_{index}" for index in range(len(passwords))]
        workspace = self.keep(
            Workspace.of(
                workspace_files(
                    "".join(f"  v-{index}: {{supplied: true}}\n" for index in range(len(passwords))),
                    "".join(
                        f'  URL_{index}: "{self.server.url(role, f":${{v-{index}|uri}}")}"\n'
                        for index, role in enumerate(roles)
                    ),
                )
            )
        )
        variables = {f"MOLTSEAL_V_{index}": password for index, password in enumerate(passwords)}
        workspace.run("rotate", "--env", "prod", variables=variables)
        items = {item: value for (_, item), value in workspace.values().items()}
        for index, (role, password) in enumerate(zip(roles, passwords)):
            with self.subTest(password=password):
                self.set_password(role, password)
                finished = self.server.psql(items[f"URL_{index}"], b"SELECT current_user;")
                self.assertEqual(finished.stdout.decode().strip(), role, finished.stderr.decode())

    def test_files_and_verifiers(self) -> None:
        """`|pgpass`, `|conninfo` with quotes and without, and `|scram-sha-256`: libpq and the server read them."""
        passwords = [PRINTABLE, PRINTABLE[::-1], b"p:a\\ss'w o\"rd", b"\\'", b": ", b"a=b c"]
        items = "".join(
            f"  PGPASS_{index}: '*:*:*:*:${{v-{index}|pgpass}}'\n"
            f"  PLAIN_{index}: host={self.server.folder} user=file_{index} dbname=postgres password=${{v-{index}|conninfo}}\n"
            f"  QUOTED_{index}: host={self.server.folder} user=file_{index} dbname=postgres password='${{v-{index}|conninfo}}'\n"
            f"  VERIFIER_{index}: ${{v-{index}|scram-sha-256}}\n"
            for index in range(len(passwords))
        )
        workspace = self.keep(
            Workspace.of(
                workspace_files(
                    "".join(f"  v-{index}: {{supplied: true}}\n" for index in range(len(passwords))), items
                )
            )
        )
        variables = {f"MOLTSEAL_V_{index}": password for index, password in enumerate(passwords)}
        workspace.run("rotate", "--env", "prod", variables=variables)
        found = {item: value for (_, item), value in workspace.values().items()}
        for index, password in enumerate(passwords):
            with self.subTest(password=password):
                verifier = found[f"VERIFIER_{index}"]
                self.assertRegex(verifier, rb"\ASCRAM-SHA-256\$4096:[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=:[A-Za-z0-9+/]{43}=\Z")
                self.set_password(f"file_{index}", verifier)
                for name in ("PLAIN", "QUOTED"):
                    finished = self.server.psql(found[f"{name}_{index}"], b"SELECT current_user;")
                    self.assertEqual(finished.stdout.decode().strip(), f"file_{index}", finished.stderr.decode())
                path = workspace.home / "pgpass"
                path.write_bytes(found[f"PGPASS_{index}"] + b"\n")
                path.chmod(0o600)
                environment = {"PATH": "/usr/bin:/bin", "PGPASSFILE": str(path), "LANG": "C.UTF-8", "HOME": "/"}
                target = f"host={self.server.folder} user=file_{index} dbname=postgres"
                finished = subprocess.run(
                    [self.server.programs / "psql", "-X", "-A", "-t", "-w", target, "-c", "SELECT current_user"],
                    env=environment,
                    capture_output=True,
                    check=False,
                )
                self.assertEqual(finished.stdout.decode().strip(), f"file_{index}", finished.stderr.decode())

    def test_not_expressible(self) -> None:
        """A value that a filter cannot express is refused, and is not shown."""
        for filters, value, reason in (
            ("pgpass", b"secret\nline", "has a line break or a NUL"),
            ("conninfo", b"secret\0line", "has a line break or a NUL"),
            ("scram-sha-256", "secret-ü".encode(), "is not printable ASCII"),
        ):
            workspace = self.keep(
                Workspace.of(workspace_files("  v-0: {supplied: true}\n", f"  V: ${{v-0|{filters}}}\n"))
            )
            with tempfile.NamedTemporaryFile() as file:
                file.write(value)
                file.flush()
                finished = workspace.run("rotate", "--env", "prod", "--supply", f"v-0=@{file.name}", check=False)
            self.assertEqual(finished.returncode, 1)
            self.assertIn(reason, finished.stderr.decode())
            self.assertNotIn(b"secret", finished.stderr)

    def test_generated(self) -> None:
        """Generated passwords with every symbol."""
        quoted = string.punctuation.replace("'", "''")
        workspace = self.keep(
            Workspace.of(
                workspace_files(
                    f"  v-0: {{generate: {{kind: password, length: 64, symbols: '{quoted}'}}}}\n",
                    f'  PASSWORD: ${{v-0}}\n  URL: "{self.server.url("generated", ":${v-0|uri}")}"\n',
                )
            )
        )
        workspace.run("rotate", "--env", "prod")
        items = {item: value for (_, item), value in workspace.values().items()}
        self.set_password("generated", items["PASSWORD"])
        finished = self.server.psql(items["URL"], b"SELECT current_user;")
        self.assertEqual(finished.stdout.decode().strip(), "generated", finished.stderr.decode())

    def test_control(self) -> None:
        """The server really checks: a wrong password, and a raw one that breaks the URL, are refused."""
        self.set_password("control", b"p/w@d#1%41")
        for text in (":wrong", ":p/w@d#1%41", ""):
            finished = self.server.psql(self.server.url("control", text), b"SELECT 1;")
            self.assertNotEqual(finished.returncode, 0, text)
        finished = self.server.psql(self.server.url("control", ":p%2Fw%40d%231%2541"), b"SELECT 1;")
        self.assertEqual(finished.returncode, 0, finished.stderr.decode())


if __name__ == "__main__":
    unittest.main()
