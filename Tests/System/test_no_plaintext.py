"""No plaintext leaves the process: `rotate` under strace, and every byte that it writes, sends or passes on.

The oracle reads the values back after the run; then they are searched for, raw and encoded, in the decoded trace, in
every remaining file, and in the arguments and environments of children. Only the first execve, moltseal's own, may
contain the supplied value: its parent put it there.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import unittest
from collections import defaultdict
from pathlib import Path
from typing import Iterator
from urllib.parse import quote_from_bytes

import evidence
from workspace import TestCase, Workspace, may_trace

#: Every call through which bytes leave a process, or something gets a name.
CALLS = """
    write writev pwrite64 pwritev pwritev2 sendto sendmsg sendmmsg sendfile splice tee vmsplice copy_file_range
    mmap msync memfd_create process_vm_writev io_uring_setup mq_timedsend
    rename renameat renameat2 link linkat symlink symlinkat mkdir mkdirat mknod mknodat open openat openat2 creat
    connect bind execve execveat prctl setxattr lsetxattr fsetxattr keyctl add_key sethostname
""".split()

SECRET_ITEMS = [
    ("moltbook-api-secrets", "JWT_SECRET"),
    ("moltbook-api-secrets", "TWITTER_CLIENT_ID"),
    ("moltbook-api-secrets", "TWITTER_CLIENT_SECRET"),
    ("moltbook-db-credentials", "password"),
    ("moltbook-postgres-superuser", "password"),
    ("moltbook-database-a", "password"),
    ("moltbook-database-b", "password"),
    ("moltbook-api-secrets", "JWT_SECRET_NEXT"),
]

STRING = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
CALL = re.compile(rb"^(\d+) +(\w+)\((\d+)?")
PART = 12
SEPARATOR = b"\0\xff\0"


def needles(value: bytes) -> Iterator[tuple[str, bytes]]:
    """The forms of a value outside: its parts, and the whole value encoded."""
    for start in range(len(value) - PART + 1):
        yield "raw", value[start : start + PART]
    for shift, skipped in ((0, 0), (1, 2), (2, 3)):
        shifted = bytes(shift) + value
        whole = len(shifted) // 3 * 4
        for name, alphabet in (("base64", b"+/"), ("base64url", b"-_")):
            yield name, base64.b64encode(shifted, alphabet)[skipped:whole]
    quoted = quote_from_bytes(value, safe="")
    yield "percent-encoded", quoted.encode()
    yield "percent-encoded", re.sub("%..", lambda found: found[0].lower(), quoted).encode()
    yield "percent-encoded", "".join(f"%{byte:02X}" for byte in value).encode()
    yield "percent-encoded", "".join(f"%{byte:02x}" for byte in value).encode()
    yield "hex", value.hex().encode()
    yield "hex", value.hex().upper().encode()
    yield "UTF-16", value.decode("latin-1").encode("utf-16-le")


def unescape(text: bytes) -> bytes:
    r"""The bytes of a string that strace wrote as \xNN\xNN."""
    return bytes.fromhex(text.replace(rb"\x", b"").decode())


def decode(line: bytes) -> list[bytes]:
    """The strings of one trace line, as bytes."""
    found = []
    for text, cut in STRING.findall(line):
        # The name of a thread has at most fifteen characters, and is shown with dots whatever its length.
        assert not cut or b" prctl(" in line, f"strace cut a string: {line[:200]!r}"
        found.append(unescape(text))
    return found


class Trace:
    """What strace saw of one run."""

    def __init__(self, path: Path) -> None:
        lines = path.read_bytes().splitlines()
        assert b"execve(" in lines[0], lines[0][:200]
        self.lines = lines[1:]

    def blobs(self) -> Iterator[tuple[str, bytes]]:
        """Each call's strings, and all bytes of each descriptor together, so that nothing hides between writes."""
        streams: dict[tuple[bytes, bytes], list[bytes]] = defaultdict(list)
        for line in self.lines:
            strings = decode(line)
            call = CALL.match(line)
            name = call[2].decode() if call else "resumed"
            yield name, SEPARATOR.join(strings)
            if call and call[3] and "write" in name:
                streams[call[1], call[3]] += strings
        for (process, descriptor), parts in streams.items():
            yield f"descriptor {descriptor.decode()} of {process.decode()}", b"".join(parts)

    def matching(self, pattern: bytes) -> list[bytes]:
        """The lines, strings decoded, that match a pattern."""
        decoded = [STRING.sub(lambda found: unescape(found[1]), line) for line in self.lines]
        return [line for line in decoded if re.search(pattern, line, re.DOTALL)]


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file under a folder, git's own included."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink():
            yield str(path.relative_to(folder)), path.read_bytes()
        yield "a file name", path.name.encode()


def find(values: dict, blobs: Iterator[tuple[str, bytes]]) -> set[tuple[str, str, str]]:
    """(item, how it was encoded, where) of each value found."""
    blobs = list(blobs)
    everything = SEPARATOR.join(content for _, content in blobs)
    found = set()
    for (_, item), value in values.items():
        for encoding, needle in needles(value):
            if needle in everything:
                found |= {(item, encoding, where) for where, content in blobs if needle in content}
    return found


class NoPlaintext(TestCase):
    """The trace of a cutover, of a later rotation, and of three builds that leak or do not."""

    def setUp(self) -> None:
        self.workspace = self.keep(Workspace.moltbook())
        self.supplied = {"MOLTSEAL_TWITTER_CLIENT_SECRET": secrets.token_urlsafe(30)}
        self.client_id = secrets.token_urlsafe(24).encode()

    def trace(self, *arguments: str, flavour: str = "release", variables: dict | None = None) -> Trace:
        """Runs moltseal under strace; the trace is outside what is searched."""
        path = self.workspace.base / "trace"
        calls = ",".join("?" + call for call in CALLS)
        strace = ["strace", "-f", "-v", "-s", "1000000", "-xx", "-e", f"trace={calls}", "-e", "signal=none"]
        self.finished = self.workspace.run(
            *arguments,
            flavour=flavour,
            variables={**self.supplied, **(variables or {})},
            prefix=[*may_trace(), *strace, "-o", str(path)],
            stdin=self.client_id,
        )
        return Trace(path)

    def cutover(self, **options) -> Trace:
        """The cutover, one supplied value from a variable and one from standard input."""
        return self.trace("rotate", "--env", "prod", "--supply", "twitter-client-id=@-", **options)

    def secrets(self) -> dict[tuple[str, str], bytes]:
        """The secret values, as the oracle opens them."""
        values = self.workspace.values()
        found = {place: values[place] for place in SECRET_ITEMS}
        self.assertEqual(found[SECRET_ITEMS[1]], self.client_id)
        self.assertEqual(found[SECRET_ITEMS[2]].decode(), self.supplied["MOLTSEAL_TWITTER_CLIENT_SECRET"])
        self.assertIn(found[SECRET_ITEMS[3]], values["moltbook-db-connection", "DATABASE_URL"])
        return found

    def everything(self, trace: Trace) -> Iterator[tuple[str, bytes]]:
        """The trace, the output, and what is left on disk."""
        yield from trace.blobs()
        yield "standard output", self.finished.stdout
        yield "standard error", self.finished.stderr
        yield from files(self.workspace.root)
        yield from files(self.workspace.home)

    def assert_clean(self, trace: Trace) -> None:
        """Asserts that nothing is found, and that nothing bypasses the trace."""
        self.assertEqual(find(self.secrets(), self.everything(trace)), set())
        self.assertEqual(trace.matching(rb"^\d+ +mmap\(.*PROT_WRITE.*MAP_SHARED"), [])
        self.assertEqual(trace.matching(rb"^\d+ +io_uring_setup\("), [])
        # Some kubectl look for an API server of their own when they build, and get no kubeconfig to find one.
        calls = trace.matching(rb"^\d+ +(connect|sendto)\(.*AF_INET")
        self.assertEqual([call for call in calls if b"htons(8080)" not in call or b"127.0.0.1" not in call], [])
        self.assertEqual(trace.matching(rb"^\d+ +execve.*MOLTSEAL_"), [], "a child got a MOLTSEAL_ variable")

    def test_the_trace_sees_what_is_written(self) -> None:
        """The present files are in the trace: it sees what it must see."""
        trace = self.cutover()
        written = SEPARATOR.join(content for _, content in trace.blobs())
        for path in self.workspace.sealed_files():
            self.assertIn(path.read_bytes(), written, path.name)

    def test_cutover(self) -> None:
        """Generated and supplied values of a first run."""
        self.assert_clean(self.cutover())

    def test_later_rotations(self) -> None:
        """New values and carried ones of later runs."""
        self.cutover()
        for arguments in (("--only", "jwt-secret"), ("--only", "twitter-client-secret"), ("--all",)):
            old = self.secrets()
            self.workspace.commit()
            seen = self.workspace.home / "evidence.json"
            lock = self.workspace.root / "k8s/secrets/moltseal.lock"
            seen.write_text(json.dumps(evidence.of(lock.read_bytes())))
            trace = self.trace("rotate", "--env", "prod", *arguments, "--evidence", str(seen))
            self.assert_clean(trace)
            self.assertEqual(find(old, self.everything(trace)), set())

    def test_dry_run(self) -> None:
        """A dry run gets the supplied values and shows none."""
        trace = self.cutover()
        values = self.secrets()
        self.workspace.git("checkout", "-q", "--", ".")
        self.workspace.git("clean", "-q", "-f", "-d")
        trace = self.trace("rotate", "--env", "prod", "--dry-run", "--supply", "twitter-client-id=@-")
        self.assertEqual(find(values, self.everything(trace)), set())

    def test_control_without_a_leak(self) -> None:
        """The debug build leaks only if told to."""
        self.assert_clean(self.cutover(flavour="debug"))

    def test_control_file(self) -> None:
        """Values written to a file are found, in the trace and in the file."""
        trace = self.cutover(flavour="debug", variables={"MOLTSEAL_TEST_LEAK": "file"})
        found = find(self.secrets(), self.everything(trace))
        self.assertTrue({"JWT_SECRET", "password"} <= {item for item, _, _ in found}, found)
        places = {where for _, _, where in found}
        self.assertIn("leak.txt", places)
        self.assertTrue(any("write" in where for where in places), places)

    def test_control_argv(self) -> None:
        """A value in a child's arguments is found."""
        trace = self.cutover(flavour="debug", variables={"MOLTSEAL_TEST_LEAK": "argv"})
        found = find(self.secrets(), self.everything(trace))
        self.assertIn("execve", {where for _, _, where in found})


class Search(TestCase):
    """The search itself."""

    def test_needles(self) -> None:
        """Every encoding of a value is found, at every alignment."""
        value = secrets.token_bytes(32)
        values = {("s", "item"): value}
        for prefix in (b"", b"a", b"ab"):
            for encode in (base64.b64encode, base64.urlsafe_b64encode):
                text = encode(prefix + value + b"tail")
                self.assertTrue(find(values, iter([("x", text)])), text)
        for text in (value.hex(), value.hex().upper(), quote_from_bytes(value, safe="")):
            self.assertTrue(find(values, iter([("x", text.encode())])), text)
        self.assertTrue(find(values, iter([("x", b"..." + value[7 : 7 + PART] + b"...")])))
        self.assertFalse(find(values, iter([("x", secrets.token_bytes(1000))])))


if __name__ == "__main__":
    unittest.main()
