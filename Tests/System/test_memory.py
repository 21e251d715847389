"""No plaintext stays in memory: the process is stopped after sealing, and every readable page of it is searched.

The values are known only afterwards: the process continues, the oracle opens what it wrote, and any eight bytes of a
value count as a find. Reading another process's memory needs root.
"""

from __future__ import annotations

import base64
import json
import os
import re
import secrets
import signal
import subprocess
import unittest
from pathlib import Path

import yaml

from workspace import PATIENCE, TestCase, Workspace, need_root, wait_for

PART = 8
#: Every part of PART bytes holds a block of BLOCK bytes that begins at a multiple of STEP.
BLOCK = 4
STEP = PART - BLOCK + 1
UNREADABLE = ("[vvar]", "[vsyscall]", "[vvar_vclock]")

Memory = list[tuple[str, bytes]]

GENERATED = [("app", "SIGNING_KEY"), ("db", "password")]
SUPPLIED = ("app", "API_TOKEN")


def read_memory(process: int) -> Memory:
    """The bytes of every readable mapping of a process."""
    memory: Memory = []
    with open(f"/proc/{process}/maps", encoding="utf-8") as maps, open(f"/proc/{process}/mem", "rb", 0) as pages:
        for line in maps:
            fields = line.split(maxsplit=5)
            name = fields[5].strip() if len(fields) > 5 else ""
            if "r" not in fields[1] or name in UNREADABLE:
                continue
            start, end = (int(part, 16) for part in fields[0].split("-"))
            content = bytearray()
            try:
                pages.seek(start)
                while len(content) < end - start:
                    piece = pages.read(end - start - len(content))
                    if not piece:
                        break
                    content += piece
            except OSError:
                pass  # a guard page, or a device
            memory.append((f"{fields[0]} {fields[1]} {name}", bytes(content)))
    return memory


def longest_part(value: bytes, content: bytes, start: int, position: int) -> int:
    """How many bytes around `position` equal those of the value around `start`."""
    before = 0
    while before < min(start, position) and value[start - before - 1] == content[position - before - 1]:
        before += 1
    after = 0
    while (
        start + after < len(value)
        and position + after < len(content)
        and value[start + after] == content[position + after]
    ):
        after += 1
    return before + after


def find(values: dict[tuple[str, str], bytes], memory: Memory) -> list[str]:
    """The places of eight or more bytes of a value."""
    found = []
    for (_, item), value in values.items():
        for where, content in memory:
            for start in range(0, len(value) - BLOCK + 1, STEP):
                block, position = value[start : start + BLOCK], -1
                while (position := content.find(block, position + 1)) >= 0:
                    length = longest_part(value, content, start, position)
                    if length >= PART:
                        found.append(f"{length} bytes of {item} in {where}")
    return sorted(set(found))


class MemoryAfterSealing(TestCase):
    """The memory of a run that has sealed everything and is about to write it."""

    def setUp(self) -> None:
        need_root()
        self.workspace = self.keep(Workspace.small())
        self.token = secrets.token_urlsafe(30)

    # -- Stopping

    def stop_release(self, *arguments: str, variables: dict | None = None) -> Memory:
        """The release binary, stopped by strace at its first fsync."""
        trace = self.workspace.base / "trace"
        strace = ["strace", "-f", "-o", str(trace), "-e", "trace=fsync,fdatasync"]
        strace += ["-e", "inject=fsync,fdatasync:signal=SIGSTOP:when=1"]
        tracer = self.workspace.start(*arguments, prefix=strace, variables=variables)
        try:
            process = wait_for(lambda: self.child(tracer.pid), "the process under strace")
            try:
                wait_for(lambda: self.stopped_under_strace(trace, process), "its first fsync")
            except FileNotFoundError:
                tracer.wait(PATIENCE)
                self.fail(f"it ended before: {trace.read_text()}\n{(self.workspace.home / 'output').read_text()}")
            memory = read_memory(process)
            self.check_process(process)
            os.kill(process, signal.SIGCONT)
            self.assertEqual(tracer.wait(PATIENCE), 0, (self.workspace.home / "output").read_text())
        finally:
            if tracer.poll() is None:
                tracer.kill()
                tracer.wait()
        return memory

    @staticmethod
    def child(tracer: int) -> int | None:
        """The process that strace started, once it is no longer strace itself."""
        children = Path(f"/proc/{tracer}/task/{tracer}/children").read_text().split()
        for process in map(int, children):
            try:
                if not os.path.samefile(f"/proc/{process}/exe", f"/proc/{tracer}/exe"):
                    return process
            except OSError:
                pass
        return None

    @staticmethod
    def stopped_under_strace(trace: Path, process: int) -> bool:
        """Whether moltseal itself is stopped; a stopped child is continued."""
        stopped = re.findall(r"^(\d+) +--- stopped by SIGSTOP", trace.read_text(), re.MULTILINE)
        threads = os.listdir(f"/proc/{process}/task")
        for other in set(stopped) - set(threads):
            try:
                os.kill(int(other), signal.SIGCONT)
            except OSError:
                pass
        return bool(set(stopped) & set(threads))

    def stop_debug(self, step: str, *arguments: str, variables: dict | None = None) -> Memory:
        """The debug binary, which stops itself at a named step."""
        stop = {"MOLTSEAL_TEST_STOP": f"{step}:STOP", **(variables or {})}
        process = self.workspace.start(*arguments, flavour="debug", variables=stop)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        output = (self.workspace.home / "output").read_text()
        self.assertTrue(os.WIFSTOPPED(status), f"it did not stop at {step}: {output}")
        memory = read_memory(process.pid)
        os.kill(process.pid, signal.SIGCONT)
        self.assertEqual(process.wait(PATIENCE), 0, (self.workspace.home / "output").read_text())
        return memory

    def check_process(self, process: int) -> None:
        """Asserts that the stopped process would leave no core."""
        limits = Path(f"/proc/{process}/limits").read_text()
        self.assertRegex(limits, r"(?m)^Max core file size +0 +0 ")

    # -- Looking

    def values(self, *places: tuple[str, str]) -> dict[tuple[str, str], bytes]:
        """The values at these places, as the oracle opens them."""
        opened = self.workspace.values()
        return {place: opened[place] for place in places}

    def supply_by_file(self) -> list[str]:
        """The options that supply the token from a file."""
        path = self.workspace.home / "token"
        path.write_text(self.token)
        return ["--supply", f"api-token=@{path}"]

    def test_release(self) -> None:
        """Generated values, and one supplied by a file."""
        memory = self.stop_release("rotate", "--env", "prod", *self.supply_by_file())
        self.assertEqual(find(self.values(*GENERATED, SUPPLIED), memory), [])

    def test_release_variable(self) -> None:
        """A value supplied by a variable does not stay in the process's own environment either."""
        memory = self.stop_release("rotate", "--env", "prod", variables={"MOLTSEAL_API_TOKEN": self.token})
        self.assertEqual(find(self.values(*GENERATED, SUPPLIED), memory), [])

    def test_release_later(self) -> None:
        """A rotation of existing values."""
        self.workspace.run("rotate", "--env", "prod")
        self.workspace.commit()
        memory = self.stop_release("rotate", "--env", "prod", "--all")
        self.assertEqual(find(self.values(*GENERATED), memory), [])

    def test_seal(self) -> None:
        """`seal` keeps nothing of what it read: plain, quoted, block and JSON scalars, and base64."""
        values = {("s", f"v{index}"): secrets.token_hex(600).encode() for index in range(5)}
        plain, quoted, block, coded, json_value = (value.decode() for value in values.values())
        lines = "\n".join(f"    {block[start:start + 60]}" for start in range(0, len(block), 60))
        (self.workspace.root / "secret.yml").write_text(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: ns}\nstringData:\n"
            f'  v0: {plain}\n  v1: "\\u0041{quoted}"\n  v2: |\n{lines}\n'
            f"data:\n  v3: {base64.b64encode(coded.encode()).decode()}\n"
        )
        (self.workspace.root / "secret.json").write_text(
            '{"kind": "Secret", "metadata": {"name": "s", "namespace": "ns", "annotations":'
            f' {{"kubectl.kubernetes.io/last-applied-configuration": "{json_value}"}}}},'
            f' "stringData": {{"v4": "\\u0041{json_value}"}}}}'
        )
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=m", "-keyout", "/dev/null"]
            + ["-out", self.workspace.root / "m.pem"], check=True, capture_output=True)
        for name in ("secret.yml", "secret.json"):
            memory = self.stop_release("seal", "--cert", "m.pem", "-f", name, "-w", "out.yml")
            self.assertEqual(find(values, memory), [], name)
            (self.workspace.root / "out.yml").unlink()

    def test_debug(self) -> None:
        """The debug build at the moment when the last value is sealed."""
        memory = self.stop_debug("sealed", "rotate", "--env", "prod", *self.supply_by_file())
        self.assertEqual(find(self.values(*GENERATED, SUPPLIED), memory), [])

    def test_control(self) -> None:
        """A copy that is not wiped is found."""
        leak = {"MOLTSEAL_TEST_LEAK": "memory"}
        memory = self.stop_debug("sealed", "rotate", "--env", "prod", variables=leak)
        found = find(self.values(*GENERATED), memory)
        for _, item in GENERATED:
            self.assertTrue(any(f" of {item} in " in place for place in found), (item, found))


class MemoryWhileReading(TestCase):
    """The output of a builder and the answers of a cluster: values in the locked heap, and nowhere else."""

    def setUp(self) -> None:
        need_root()
        self.workspace = self.keep(Workspace.small())
        self.values = {("app", str(number)): secrets.token_urlsafe(60).encode() for number in range(4)}

    def kubectl(self, built: str, live: str = "") -> dict[str, str]:
        """A kubectl that prints what is in no file of the repository."""
        folder = self.workspace.base / "bin"
        folder.mkdir()
        (folder / "built").write_text(built)
        (folder / "live").write_text(live)
        (folder / "kubectl").write_text(
            f'#!/bin/sh\ncase "$1" in kustomize) cat {folder}/built;; *) cat {folder}/live;; esac\n'
        )
        (folder / "kubectl").chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}"}

    def coded(self) -> dict[tuple[str, str], bytes]:
        """The values, and their base64 as in builds and answers."""
        codes = {("base64", item): base64.b64encode(value) for (_, item), value in self.values.items()}
        return {**self.values, **codes}

    def stop(self, step: str, *arguments: str, variables: dict) -> Memory:
        """The memory at a step, without the locked heap of secrets."""
        process = self.workspace.start(
            *arguments, flavour="debug", variables={"MOLTSEAL_TEST_STOP": f"{step}:STOP", **variables}
        )
        self.addCleanup(process.kill)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        self.assertTrue(os.WIFSTOPPED(status), (self.workspace.home / "output").read_text())
        locked = set()
        for mapping in re.split(r"(?m)^(?=[0-9a-f]+-[0-9a-f]+ )", Path(f"/proc/{process.pid}/smaps").read_text()):
            if re.search(r"(?m)^VmFlags:.* lo( |$)", mapping):
                locked.add(mapping.split()[0])
        self.assertTrue(locked)
        memory = read_memory(process.pid)
        self.held = [(where, content) for where, content in memory if where.split()[0] in locked]
        os.kill(process.pid, signal.SIGKILL)
        return [(where, content) for where, content in memory if where.split()[0] not in locked]

    def secret(self, pad: str = "") -> str:
        """A Secret with the values and much more, so that it comes in pieces."""
        data = "".join(f"  v{item}: {base64.b64encode(value).decode()}\n" for (_, item), value in self.values.items())
        other = f"apiVersion: v1\ndata:\n  big: |\n{'    some text' * 9000}\nkind: ConfigMap\nmetadata:\n  name: c\n---\n"
        return (
            f"{other}apiVersion: v1\ndata:\n{data}kind: Secret\nmetadata:\n  name: app\n  namespace: demo\n"
            f"  annotations:\n    kubectl.kubernetes.io/last-applied-configuration: |\n      {data.split()[-1]}\n{pad}"
        )

    def test_built(self) -> None:
        """A build, by init and by adopt."""
        variables = self.kubectl(self.secret())
        for arguments in (("adopt", "--env", "prod", "--assume-live"), ("-C", "k8s", "init")):
            if "init" in arguments:
                (self.workspace.root / "moltseal.yml").unlink()
            with self.subTest(arguments):
                memory = self.stop("built", *arguments, variables=variables)
                self.assertEqual(find(self.coded(), memory), [])
                self.assertTrue(find(self.values, self.held), "a control: they are held where they belong")

    def test_live(self) -> None:
        """The answers of a cluster, and a file with them."""
        data = {f"v{item}": base64.b64encode(value).decode() for (_, item), value in self.values.items()}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "app", "namespace": "demo"}, "data": data}
        variables = self.kubectl(self.secret(), json.dumps(secret))
        (self.workspace.home / "live.json").write_text(json.dumps(secret))
        for more in (("--live",), ("--from", str(self.workspace.home / "live.json"))):
            with self.subTest(more):
                memory = self.stop("live", "adopt", "--env", "prod", *more, variables=variables)
                self.assertEqual(find(self.coded(), memory), [])
                self.assertTrue(find(self.values, self.held), "a control")

    def test_adopted(self) -> None:
        """Once they are sealed no value is left, and the files are not written yet."""
        workspace = self.workspace
        workspace.run("adopt", "--env", "prod", "--assume-live")
        workspace.commit()
        built = subprocess.run(
            ["kubectl", "kustomize", workspace.root / "k8s"], capture_output=True, text=True, check=True
        ).stdout
        password = self.values[("app", "0")].decode()
        objects = list(yaml.safe_load_all(built))
        for item in objects:
            for key, coded in item["data"].items() if item["kind"] == "Secret" else ():
                text = base64.b64decode(coded).decode().replace("changeme", password)
                item["data"][key] = base64.b64encode(text.encode()).decode()
        live = yaml.safe_dump_all(objects, width=10_000)
        variables = self.kubectl(live)
        # Nothing in the repository has this value: it is built, and adopted unchanged.
        memory = self.stop("sealed", "adopt", "--env", "prod", "--assume-live", variables=variables)
        self.assertEqual(find(self.coded(), memory + self.held), [])


class Search(TestCase):
    """The search itself."""

    def test_every_part_is_found(self) -> None:
        """Any eight bytes are found, anywhere; seven are not."""
        value = bytes(secrets.choice(range(1, 256)) for _ in range(32))
        for start in range(len(value) - PART + 1):
            content = bytes(start) + value[start : start + PART] + bytes(9)
            self.assertEqual(len(find({("s", "i"): value}, [("x", content)])), 1, start)
            content = bytes(start) + value[start : start + PART - 1] + bytes([value[(start + 7) % 32] ^ 1])
            self.assertEqual(find({("s", "i"): value}, [("x", content)]), [], start)

    def test_this_process(self) -> None:
        """A value in this process is found."""
        value = secrets.token_bytes(32)
        self.assertTrue(find({("s", "i"): value}, read_memory(os.getpid())))


if __name__ == "__main__":
    unittest.main()
