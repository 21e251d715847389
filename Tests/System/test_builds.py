"""Builds of other people's trees: a field that fetches, leaves the repository or starts a program is refused at its
line before the builder starts, for every field of the table; the table is compared with the installed kubectl."""

from __future__ import annotations

import http.server
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path
from typing import Iterator, NamedTuple

from workspace import REPOSITORY, TestCase, Workspace, binary

TABLE = REPOSITORY / "Sources/Kustomize/KustomizationField.swift"
NAMES_FILE = {"file", "pair", "fileOrText", "resource", "plugin"}
#: Fields since kustomize 5.6, which the installed one may not know yet.
NEWER = {"replacements[].sourceValue", "labels[].includeVolumeClaimTemplates", "images[]"}


#: Old names that kustomize accepts only in a kustomization.
UNREAD = {("ConfigMapGenerator", "env"), ("SecretGenerator", "env")}


class Row(NamedTuple):
    """A field, and the meaning of its text."""

    kind: str
    path: str
    use: str


def rows() -> Iterator[Row]:
    """The table in the source."""
    text = re.search(r'table = """\n(.*?)\n    """', TABLE.read_text(), re.S)[1]
    kind = ""
    for words in map(str.split, text.splitlines()):
        if len(words) == 1:
            kind = words[0]
        else:
            yield Row(kind, *words)


def document(row: Row, text: str) -> str:
    """A kustomization with a text in the field of a row."""

    def tree(steps: list[str]) -> str:
        if not steps:
            return text
        step, rest = steps[0], steps[1:]
        if step.endswith("[]"):
            return f"{{{step[:-2]}: [{tree(rest)}]}}"
        if step.endswith("{}"):
            return f"{{{step[:-2]}: {{x: {tree(rest)}}}}}"
        return f"{{{step}: {tree(rest)}}}"

    fields = tree(row.path.split("."))
    if row.kind == "Kustomization":
        return fields[1:-1] + "\n"
    plugin = f"{{apiVersion: builtin, kind: {row.kind}, metadata: {{name: x}}, {fields[1:]}"
    field = "generators" if row.kind.endswith("Generator") else "transformers"
    return f"{field}:\n- |\n  {plugin}\n"


def quoted(text: str) -> str:
    """A text as YAML."""
    return '"' + text + '"'


class Server:
    """Records the requests and who made them."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        asked = self.asked

        class Handler(http.server.BaseHTTPRequestHandler):
            """Answers that nothing exists."""

            def do_GET(self) -> None:  # pylint: disable=invalid-name
                """Records the request."""
                asked.append(self.path)
                self.send_error(404)

            def log_message(self, *_: object) -> None:  # pylint: disable=arguments-differ
                """Says nothing."""

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/a/b/x.yaml"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def take(self) -> list[str]:
        """The requests since the last call."""
        taken = self.asked[:]
        self.asked.clear()
        return taken


class Table(TestCase):
    """The table of fields, compared with the builder."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        cls.addClassCleanup(cls.server.server.shutdown)

    def folder(self, text: str) -> Path:
        """A folder with a kustomization."""
        root = Path(tempfile.mkdtemp(prefix="moltseal-test-"))
        self.addCleanup(shutil.rmtree, root, ignore_errors=True)
        (root / "k").mkdir()
        (root / "k/kustomization.yaml").write_text(text)
        return root

    def kubectl(self, root: Path) -> str:
        """The builder's own message about it."""
        finished = subprocess.run(
            ["kubectl", "kustomize", str(root / "k")],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "KUBECONFIG": "/dev/null"},
        )
        # A log line quotes quotes.
        return finished.stderr.replace("\\", "")

    def test_fields(self) -> None:
        """The builder knows each field, and fetches what a field names if it names files."""
        known = [row for row in rows() if row.use not in ("chart",)]
        self.assertGreater(len(known), 100)
        for row in known:
            with self.subTest(kind=row.kind, path=row.path):
                if row.use in NAMES_FILE:
                    address = self.server.address
                    text = f"x={address}" if row.use == "pair" else address
                    if row.kind in ("ConfigMapGenerator", "SecretGenerator"):
                        text = f"{quoted(text)}"
                    else:
                        text = quoted(text)
                    source = document(row, text)
                    if row.path.startswith(("configMapGenerator", "secretGenerator")):
                        source = source.replace("[{", "[{name: x, ", 1)
                    if "Json6902" in row.kind + row.path:
                        target = "target: {kind: X, name: x, version: v1}, path: "
                        source = source.replace("path: ", target, 1)
                    if row.path == "openapi.path":
                        source += "resources: [a.yaml]\n"
                    root = self.folder(source)
                    (root / "k/a.yaml").write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n")
                    said = self.kubectl(root)
                    is_read = (row.kind, row.path) not in UNREAD
                    self.assertEqual(bool(self.server.take()), is_read, f"{said}\n{source}")
                elif row.kind == "Kustomization" and row.path not in NEWER:
                    leaf = row.path.split(".")[-1].rstrip("[]{}")
                    value = "{}" if row.use == "any" else "x"
                    self.assertNotIn(f'unknown field "{leaf}"', self.kubectl(self.folder(document(row, value))))

    def test_unknown(self) -> None:
        """A control: the builder reports a field that it does not know."""
        self.assertIn('unknown field "newField"', self.kubectl(self.folder("newField: x\n")))

    def test_refused(self) -> None:
        """init fetches nothing and reports the line, for an address and for a path outside, in each field."""
        for row in rows():
            if row.use not in NAMES_FILE:
                continue
            for text, word in (
                (self.server.address, "would be fetched by the build"),
                ("git::" + self.server.address, "would be fetched by the build"),
                ("ssh://git@127.0.0.1/x/y", "would be fetched by the build"),
                ("file:///etc/hosts", "leads out of the workspace"),
                ("/etc/hosts", "leads out of the workspace"),
                ("../../../../etc/hosts", "leads out of the workspace"),
            ):
                with self.subTest(kind=row.kind, path=row.path, text=text):
                    root = self.folder("resources: [../base]\n")
                    (root / "base").mkdir()
                    text = f"x={text}" if row.use == "pair" else text
                    (root / "base/kustomization.yaml").write_text("# a comment\n" + document(row, quoted(text)))
                    finished = subprocess.run(
                        [binary(), "init", "k"], cwd=root, capture_output=True, text=True, check=False
                    )
                    self.assertEqual(finished.returncode, 1, finished.stderr)
                    self.assertRegex(finished.stderr, r"base/kustomization\.yaml:[23]:\d+: .*" + word)
                    self.assertEqual(self.server.take(), [])


class Commands(TestCase):
    """Every command that builds."""

    @classmethod
    def setUpClass(cls) -> None:
        cls.server = Server()
        cls.addClassCleanup(cls.server.server.shutdown)

    def workspace(self, text: str) -> Workspace:
        """The small workspace with a base that has some more fields."""
        workspace = self.keep(Workspace.small())
        root = workspace.root
        (root / "evil").mkdir()
        (root / "evil/kustomization.yaml").write_text(text)
        path = root / "k8s/kustomization.yml"
        path.write_text(path.read_text().replace("resources:\n", "resources:\n  - ../evil\n", 1))
        workspace.commit()
        return workspace

    def test_each(self) -> None:
        """rotate, adopt and check refuse it and fetch nothing; so does the cutover while it waits for a lock."""
        for field in ("configMapGenerator: [{name: x, files: [x=%s]}]", "resources: ['%s']", "openapi: {path: '%s'}"):
            workspace = self.workspace(field % self.server.address + "\n")
            old = workspace.tree()
            for arguments, status in (
                (("rotate", "--env", "prod"), 1),
                (("rotate", "--env", "prod", "--dry-run"), 1),
                (("adopt", "--env", "prod", "--assume-live"), 1),
                (("check",), 4),
                (("check", "--format", "sarif"), 4),
                (("check", "."), 0),
            ):
                with self.subTest(arguments, field=field):
                    finished = workspace.run(*arguments, check=False)
                    said = (finished.stdout + finished.stderr).decode()
                    self.assertEqual(finished.returncode, status, said)
                    self.assertIn("would be fetched by the build", said)
                    self.assertIn("evil/kustomization.yaml", said)
                    self.assertEqual(self.server.take(), [])
                    self.assertEqual(workspace.tree(), old)

    def test_allowed(self) -> None:
        """--allow-remote fetches; nothing waits for the lock meanwhile, and changes since then are not overwritten."""
        content = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: far}\n"
        workspace = self.workspace(f"resources: ['{self.server.address}']\n")
        folder = workspace.base / "far"
        folder.mkdir()
        (folder / "x.yaml").write_text(content)
        handler = type("Handler", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        files = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), lambda *arguments: handler(*arguments, directory=str(folder))
        )
        self.addCleanup(files.shutdown)
        threading.Thread(target=files.serve_forever, daemon=True).start()
        (workspace.root / "evil/kustomization.yaml").write_text(
            f"resources: ['http://127.0.0.1:{files.server_port}/x.yaml']\n"
        )
        workspace.commit()
        old = workspace.tree()
        self.assertEqual(workspace.run("rotate", "--env", "prod", check=False).returncode, 1)
        finished = workspace.run("rotate", "--env", "prod", "--allow-remote", check=False)
        self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertNotEqual(workspace.tree(), old)

    def test_adopt_allowed(self) -> None:
        """adopt fetches in every step; while a server does not answer, nothing waits for the lock."""
        listening = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listening.close)
        port = listening.getsockname()[1]
        workspace = self.workspace(f"resources: ['http://127.0.0.1:{port}/x.yaml']\n")
        command = [binary(), "adopt", "--env", "prod", "--assume-live", "--allow-remote"]
        waiting = subprocess.Popen(
            command, cwd=workspace.root, env=workspace.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.addCleanup(waiting.communicate)
        self.addCleanup(waiting.kill)
        request, _ = listening.accept()
        self.assertEqual(workspace.run("cert", "pin", "--env", "prod", check=False).returncode, 0)
        waiting.kill()
        request.close()
        listening.close()
        files = self.keep(Workspace.small()).base / "far"
        files.mkdir()
        (files / "x.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: far}\n")
        handler = type("Handler", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *_: None})
        server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), lambda *arguments: handler(*arguments, directory=str(files))
        )
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        path = workspace.root / "evil/kustomization.yaml"
        path.write_text(f"resources: ['http://127.0.0.1:{server.server_port}/x.yaml']\n")
        for _ in range(2):
            workspace.commit()
            finished = workspace.run("adopt", "--env", "prod", "--assume-live", "--allow-remote", check=False)
            self.assertEqual(finished.returncode, 0, finished.stderr)
        self.assertTrue((workspace.root / "k8s/secrets/moltseal.lock").exists())

    def test_network(self) -> None:
        """A builder that gets around the table finds no network, if the machine allows removing it."""
        said = subprocess.run([binary(), "--version", "--verbose"], capture_output=True, text=True, check=True).stdout
        self.assertRegex(said, r"(?m)^network of builds: (none|not blocked: .*)$")
        if "network of builds: none" not in said:
            self.skipTest("this machine does not let a network be taken away")
        workspace = self.keep(Workspace.small())
        folder = workspace.base / "bin"
        folder.mkdir()
        (folder / "kubectl").write_text(
            "#!/bin/sh\nexec /usr/bin/env python3 -c '"
            f'import socket; socket.create_connection(("127.0.0.1", {self.server.server.server_port}))'
            "'\n"
        )
        (folder / "kubectl").chmod(0o755)
        variables = {"PATH": f"{folder}:{os.environ['PATH']}"}
        finished = workspace.run("rotate", "--env", "prod", "--verbose", variables=variables, check=False)
        self.assertEqual(finished.returncode, 1)
        self.assertRegex(finished.stderr.decode(), "Network is unreachable|Errno 101|cannot be built")
        self.assertEqual(self.server.take(), [])

    def test_path(self) -> None:
        """No program of the repository is started, by us or by our children: git of a clone, a planted kubectl."""
        workspace = self.workspace(f"resources: ['git::http://127.0.0.1:{self.server.server.server_port}/x/y.git']\n")
        folder = workspace.root / "tools"
        folder.mkdir()
        for name in ("git", "kubectl", "kustomize"):
            (folder / name).write_text(f"#!/bin/sh\ntouch '{workspace.base}/ran-{name}'\n")
            (folder / name).chmod(0o755)
        link = workspace.base / "link"
        link.symlink_to(folder)
        # A folder of the user's own, in which one program is the repository's.
        mixed = workspace.base / "mixed"
        mixed.mkdir()
        (mixed / "git").symlink_to(folder / "git")
        workspace.commit()
        for first in (str(folder), str(link), str(mixed), "tools", ".", f"{workspace.root}/evil/../tools", ""):
            for more in ((), ("--allow-remote",)):
                with self.subTest(first, more=more):
                    variables = {"PATH": f"{first}:{os.environ['PATH']}"}
                    workspace.run("rotate", "--env", "prod", *more, variables=variables, check=False)
                    self.assertEqual(list(workspace.base.glob("ran-*")), [])
        # The work tree to which a linked one belongs is the same repository.
        workspace.git("worktree", "add", "-q", "../linked")
        for more in ((), ("--allow-remote",)):
            variables = {"PATH": f"{folder}:{os.environ['PATH']}"}
            arguments = ("-C", "../linked", "rotate", "--env", "prod", *more)
            workspace.run(*arguments, variables=variables, check=False)
            self.assertEqual(list(workspace.base.glob("ran-*")), [])
        # A control: this is the git that the builder would have started.
        subprocess.run(
            ["kubectl", "kustomize", str(workspace.root / "k8s")],
            env={**workspace.environment(), "PATH": f"{folder}:{os.environ['PATH']}", "KUBECONFIG": "/dev/null"},
            capture_output=True,
            executable=shutil.which("kubectl"),
            check=False,
        )
        self.assertEqual([path.name for path in workspace.base.glob("ran-*")], ["ran-git"])


class Bombs(TestCase):
    """Small trees that are expensive to build."""

    def refused(self, workspace: Workspace, word: str) -> None:
        """Asserts that a cutover is refused quickly and with little memory."""
        finished = workspace.run(
            "rotate", "--env", "prod", prefix=("/usr/bin/time", "-f", "%e %M"), check=False
        )
        said = finished.stderr.decode()
        self.assertEqual(finished.returncode, 1, said)
        self.assertIn(word, said)
        seconds, kilobytes = said.split()[-2:]
        self.assertLess(float(seconds), 20)
        self.assertLess(int(kilobytes), 400 << 10)

    def make(self, files: dict[str, str], resource: str) -> Workspace:
        """The small workspace with some files and one more resource."""
        workspace = self.keep(Workspace.small())
        for name, text in files.items():
            (workspace.root / name).parent.mkdir(parents=True, exist_ok=True)
            (workspace.root / name).write_text(text)
        path = workspace.root / "k8s/kustomization.yml"
        path.write_text(path.read_text().replace("resources:\n", f"resources:\n  - {resource}\n", 1))
        return workspace

    def test_large(self) -> None:
        """25 sparse files of 60 MiB: a build reads only a limited amount in all."""
        names = [f"big-{number}.txt" for number in range(25)]
        workspace = self.make(
            {"big/kustomization.yaml": f"configMapGenerator: [{{name: x, files: {names}}}]\n"}, "../big"
        )
        for name in names:
            with open(workspace.root / "big" / name, "wb") as file:
                file.truncate(60 << 20)
        workspace.commit()
        self.refused(workspace, "a build may read at most")

    def test_doubled(self) -> None:
        """A base that includes the next one twice, 16 times."""
        files = {
            f"d{step}/kustomization.yaml": f"resources: [../d{step + 1}, ../d{step + 1}/../d{step + 1}]\n"
            for step in range(16)
        }
        files["d16/kustomization.yaml"] = "resources: [x.yaml]\n"
        files["d16/x.yaml"] = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"
        workspace = self.make(files, "../d0")
        workspace.commit()
        self.refused(workspace, "it is included so often")

    def test_folder_in_a_text(self) -> None:
        """A text that happens to name a folder does not cause a copy of it."""
        workspace = self.make({"tiny/kustomization.yaml": "commonAnnotations: {where: '../huge/'}\n"}, "../tiny")
        (workspace.root / "huge").mkdir()
        for number in range(5):
            with open(workspace.root / f"huge/{number}", "wb") as file:
                file.truncate(60 << 20)
        workspace.run("rotate", "--env", "prod", "--allow-dirty")

    def test_chain(self) -> None:
        """400 kustomizations, each of which includes the next one, are followed to the Secret in a moment; 1,100 are
        refused in as short a time."""
        for steps, status, words in [(400, 0, "moltseal rotate --env prod"), (1100, 1, "part of a chain of more than")]:
            root = Path(tempfile.mkdtemp(prefix="moltseal-test-"))
            self.addCleanup(shutil.rmtree, root, ignore_errors=True)
            for step in range(steps):
                (root / f"c{step}").mkdir()
                (root / f"c{step}/kustomization.yaml").write_text(f"resources: [../c{step + 1}]\n")
            (root / f"c{steps}").mkdir()
            (root / f"c{steps}/kustomization.yaml").write_text(
                "secretGenerator: [{name: x, literals: [PASSWORD=p4ssw0rd]}]\n"
            )
            finished = subprocess.run(
                ["/usr/bin/time", "-f", "%U", binary(), "init", "--deployed", "false"],
                cwd=root, capture_output=True, text=True, check=False,
            )  # fmt: skip
            self.assertEqual(finished.returncode, status, finished.stderr)
            self.assertIn(words, finished.stdout + finished.stderr)
            self.assertLess(float(finished.stderr.split()[-1]), 6)

    def test_limits(self) -> None:
        """A builder that takes all memory, or loops forever, is ended, and this is reported."""
        workspace = self.keep(Workspace.small())
        folder = workspace.base / "bin"
        folder.mkdir()
        (folder / "kubectl").write_text("#!/bin/sh\nexec python3 -c 'x = bytearray(3 << 30)'\n")
        (folder / "kubectl").chmod(0o755)
        variables = {"PATH": f"{folder}:{os.environ['PATH']}"}
        finished = workspace.run("rotate", "--env", "prod", variables=variables, check=False)
        self.assertEqual(finished.returncode, 1)
        self.assertIn(b"cannot be built", finished.stderr)
        if os.geteuid() != 0:
            self.skipTest("moltseal lets only root see what its calls are given")
        (folder / "kubectl").write_text("#!/bin/sh\nulimit -t\nulimit -d\nexit 1\n")
        strace = workspace.base / "trace"
        prefix = ("strace", "-f", "-o", str(strace), "-e", "trace=setrlimit,prlimit64,prctl,clone,setpgid")
        workspace.run("rotate", "--env", "prod", variables=variables, prefix=prefix, check=False)
        text = strace.read_text()
        self.assertRegex(text, r"RLIMIT_DATA, \{rlim_cur=2097152\*1024")
        self.assertRegex(text, r"RLIMIT_CPU, \{rlim_cur=60, rlim_max=65\}")
        self.assertIn("PR_SET_PDEATHSIG, SIGKILL", text)
        self.assertIn("setpgid(0, 0)", text)


class Said(TestCase):
    """Messages of a builder, which may contain values."""

    SECRET = "hunter2hunter2"

    def test_each(self) -> None:
        """Text, JSON and SARIF give the place and no value; --verbose shows the builder's own message."""
        for name, files in {
            "a literal without =": {"k/kustomization.yaml": f"configMapGenerator: [{{name: x, literals: [{self.SECRET}]}}]\n"},
            "a line of an env file": {
                "k/kustomization.yaml": "configMapGenerator: [{name: x, envs: [.env]}]\n",
                "k/.env": f"\udcff {self.SECRET}\n",
            },
            "a patch": {
                "k/kustomization.yaml": f"patches: [{{patch: '{{\"{self.SECRET}\": [}}', target: {{kind: X}}}}]\n"
            },
            "a key of the kustomization": {"k/kustomization.yaml": "c2VjcmV0cGFzc3dvcmQ: x\n"},
            "a replacement": {
                "k/kustomization.yaml": "resources: [c.yaml]\nreplacements: [{source: {kind: ConfigMap, name: c, fieldPath: data.x, options: {delimiter: ':', index: 7}}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.y]}]}]\n",
                "k/c.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{x: '{self.SECRET}', y: a}}\n",
            },
        }.items():
            with self.subTest(name):
                workspace = self.keep(Workspace.small())
                for path, text in files.items():
                    (workspace.root / path).parent.mkdir(exist_ok=True)
                    (workspace.root / path).write_bytes(text.encode(errors="surrogateescape"))
                path = workspace.root / "k8s/kustomization.yml"
                path.write_text(path.read_text().replace("resources:\n", "resources:\n  - ../k\n", 1))
                workspace.commit()
                for arguments in (
                    ("rotate", "--env", "prod"),
                    ("check",),
                    ("check", "--format", "json"),
                    ("check", "--format", "sarif"),
                    ("check", "k"),
                    ("adopt", "--env", "prod", "--assume-live"),
                ):
                    finished = workspace.run(*arguments, check=False)
                    said = (finished.stdout + finished.stderr).decode()
                    self.assertNotIn(self.SECRET, said, arguments)
                    self.assertNotIn("c2VjcmV0cGFzc3dvcmQ", said, arguments)
                finished = workspace.run("rotate", "--env", "prod", check=False)
                self.assertEqual(finished.returncode, 1, finished.stderr)


if __name__ == "__main__":
    unittest.main()
