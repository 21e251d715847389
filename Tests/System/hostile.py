"""Runs the cases in Tests/Hostile: repositories made to harm a person who runs moltseal in them.

A case is a folder with a `case.yml` and the source of its repository: a `setup.py` or `setup.sh`, run in a copy of the
base by the user who runs the tests, or a folder `files` that is copied over it. `case.yml` contains:

    trick: what the repository does, in a sentence
    never: what must not happen, in a sentence
    base: small | sealed | deploy | outside | empty
                     Tests/System/small, committed; the same after a first rotation; the same in a subfolder `deploy`;
                     the same without git; nothing but `git init`
    controller: true, or {port: NAME, answers: {END: [[STATUS, REASON, MESSAGE]]}}: a fake API server and a kubeconfig
    witness: {NAME: COMMAND}: a shell command, run in a copy without moltseal, that creates the canary NAME: it shows
                     that the trick works. `{outside: COMMAND}` changes a file outside.
    beside: a shell command that runs during each of the commands
    users: [root, nobody] (default: both; without root only the user who runs the tests)
    plaintext: texts that must not be printed
    commands: a list of
        run: the arguments of moltseal, split as a shell does
        as: kubeseal (default: moltseal)
        each: {NAME: [VALUE, …]}: the command once for each value of $NAME
        exit: done (0), refused (1), or numbers, or any (whatever moltseal's manual lists)
        env: more variables
        stdin: a file of the repository
        edit: {file: F, replace: RE, with: TEXT}: applied to the repository first
        changes: patterns of paths that may change (none may otherwise), `.git` included
        leaves: {FILE: RE}: what a file must look like afterwards
        check: sealed: the result of `rotate` is SealedSecrets that the key opens, and a kustomization that names each
        says: a pattern that standard error must match; silent: one that no output may match
        data: true: standard output is the file's own bytes, and may contain any character
        requests: patterns of `METHOD PATH` that may be requested (no others may)
        after: shell commands to run first, in the folder
        keep: true: continue with the result of the last command; otherwise each begins with a fresh repository
        seconds, megabytes: higher limits than usual; seconds are CPU time, which does not depend on the machine's load

Variables in commands: WORK (the repository), OUTSIDE (a folder next to it, which must not change), CANARY (a folder
for canaries), HOME, KEY and CERT (the private key and its certificate, outside), FINGERPRINT, OTHER, OTHER_CERT
and OTHER_KEY (another pair), SERVER, and those of `each`. `$$` is a dollar.

After every command: no canary, no change outside or in the home, no change in the repository except of the allowed
paths, no control character and no bidirectional control in the output, no content of a file outside in the output, no
signal, at most 20 seconds of CPU time and 256 MiB; and every posted body is exactly one SealedSecret.
"""

from __future__ import annotations

import fnmatch
import hashlib
import os
import re
import resource
import runpy
import select
import shlex
import shutil
import signal
import stat
import string
import subprocess
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import Iterable, Iterator, NamedTuple

import yaml

import oracle
import workspace
from controller import Controller, status

CASES = workspace.REPOSITORY / "Tests" / "Hostile"
NOBODY = 65534
#: Of the processors' time: of two, which is ten seconds on a quiet machine.
SECONDS = 20
#: How much longer a busy machine may take before a command counts as hanging.
PATIENCE = 10
MEGABYTES = 256
#: More than this on standard error is more than a person reads.
CHATTER = 1 << 20
#: No process may map more, so that a bomb does not take down the machine.
ADDRESS_SPACE = 6 << 30
SMALL = 64 << 10
LARGE = 32 << 20
PATH_MAX = 4096
SHOWN = 500
STATUSES = {"done": [0], "refused": [1], "any": [0, 1, 2, 3, 4, 64]}
MARKER = "outside-3b9f2c"
#: C0 but for line ends and tabs, DEL, C1, the line ends of Unicode, and what changes the direction of a text.
CONTROLS = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
KUSTOMIZATION = {"apiVersion", "kind", "namespace", "resources", "labels", "replacements"}
COMMAND = {
    "run", "as", "each", "exit", "env", "stdin", "edit", "changes", "leaves", "says", "silent", "data", "requests",
    "after", "keep", "check", "seconds", "megabytes", "users",
}  # fmt: skip
FIELDS = {"trick", "never", "base", "controller", "witness", "beside", "users", "plaintext", "commands"}


class Failure(NamedTuple):
    """A check that failed, and its command."""

    command: str
    reason: str

    def __str__(self) -> str:
        return f"{self.command}: {self.reason}"


class Ended(NamedTuple):
    """A finished command."""

    status: int
    stdout: bytes
    stderr: bytes
    seconds: float
    megabytes: float
    late: bool


# -- Looking at folders ------------------------------------------------------------------------------------------


#: By path, inode, size and times of a file: its content; most files are the same as after the previous command.
_contents: dict[tuple, bytes] = {}


def content(path: str, status_: os.stat_result) -> object:
    """A file's bytes, or a substitute: a digest, or size and time."""
    if status_.st_size > LARGE or not os.access(path, os.R_OK):
        return (status_.st_size, status_.st_mtime_ns)
    key = (path, status_.st_ino, status_.st_size, status_.st_mtime_ns, status_.st_ctime_ns)
    if key not in _contents:
        with open(path, "rb") as file:
            _contents[key] = digest(path) if status_.st_size > SMALL else file.read()
    return _contents[key]


def tree(root: Path) -> workspace.Tree:
    """Every path under a folder, git's too, with its kind, mode and bytes."""
    found: workspace.Tree = {}
    folders = [""]
    while folders:
        folder = folders.pop()
        try:
            entries = list(os.scandir(f"{root}/{folder}"))
        except OSError:
            # It may not be readable, or its path is too long.
            continue
        for entry in entries:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if len(os.fsencode(entry.path)) >= PATH_MAX:
                continue
            status_ = entry.stat(follow_symlinks=False)
            kind: object = None
            if stat.S_ISLNK(status_.st_mode):
                kind = os.readlink(entry)
            elif stat.S_ISDIR(status_.st_mode):
                folders.append(path)
            elif stat.S_ISREG(status_.st_mode):
                kind = content(entry.path, status_)
            found[path] = (stat.filemode(status_.st_mode), kind)
    return found


def digest(path: str) -> bytes:
    """A file's digest: what this process holds in memory counts for the processes that it starts."""
    hashed = hashlib.sha256()
    with open(path, "rb") as file:
        while part := file.read(1 << 20):
            hashed.update(part)
    return hashed.digest()


def harmless(path: str, new: workspace.Tree) -> bool:
    """Whether the only change is that of a folder in which moltseal keeps its journal."""
    return path.startswith(".git/moltseal") and new.get(path, ("d", None))[0].startswith("d")


def give(folders: Iterable[Path], owner: int) -> None:
    """Gives folders and their content to another user."""
    subprocess.run(["chown", "-hR", f"{owner}:{owner}", *folders], check=True)


def remove(folder: Path) -> None:
    """Removes a file or a folder, however deep it is and even if parts are unreadable."""
    if folder.is_file() or folder.is_symlink():
        folder.unlink()
        return
    removed = subprocess.run(["rm", "-rf", folder], check=False, capture_output=True)
    if removed.returncode != 0:
        subprocess.run(["chmod", "-R", "u+rwX", folder], check=False, capture_output=True)
        subprocess.run(["rm", "-rf", folder], check=True)


def copy(source: Path, target: Path) -> None:
    """Copies a folder with its owners, holes and special files, replacing what exists."""
    remove(target)
    subprocess.run(["cp", "-a", "--sparse=always", source, target], check=True)


def mend(folder: Path, made: Path, before: workspace.Tree) -> None:
    """Restores a folder with as few copies as possible."""
    done: tuple[str, ...] = ()
    for path in workspace.differences(before, tree(folder)):
        if path.startswith(done):
            continue
        if os.path.lexists(folder / path):
            remove(folder / path)
        if path in before:
            subprocess.run(["cp", "-a", "--sparse=always", made / path, folder / path], check=True)
        done += (path + "/",)


# -- The bases ---------------------------------------------------------------------------------------------------


class Bases:
    """The base repositories of the cases, and two keys; made once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.keypair = oracle.make_keypair(folder / "prod")
        self.other = oracle.make_keypair(folder / "other")
        self.home = folder / "home"
        self.home.mkdir()
        for name in ("small", "deploy", "outside", "empty"):
            self.make(name)
        shutil.copytree(folder / "small", folder / "sealed", symlinks=True)
        sealed = self.run([str(workspace.binary()), "rotate", "--env", "prod"], folder / "sealed")
        if sealed.returncode != 0:
            raise workspace.Missing(f"the base cannot be sealed: {sealed.stderr.decode(errors='replace')}")
        self.commit(folder / "sealed")
        folder.chmod(0o755)
        self.keypair.key.chmod(0o644)

    def run(self, command: list[str], folder: Path) -> subprocess.CompletedProcess:
        """Runs a command in a neutral environment."""
        return workspace.run_to_end(command, folder, workspace.environment(self.home))

    def commit(self, folder: Path) -> None:
        """Commits all that is there."""
        # Without git's template, which is twenty files in each of hundreds of copies.
        for arguments in ("init -q -b main --template=", "add -A", "commit -q --allow-empty -m state"):
            made = self.run(["git", *arguments.split()], folder)
            if made.returncode != 0:
                raise workspace.Missing(made.stderr.decode())

    def make(self, name: str) -> None:
        """Makes one of those that need no binary."""
        root = self.folder / name
        place = root / "deploy" if name == "deploy" else root
        place.mkdir(parents=True)
        if name != "empty":
            workspace.copy_small(place)
            shutil.copyfile(self.keypair.certificate, place / "prod.pem")
            workspace.pin(place / "moltseal.yml", "prod.pem", self.keypair.fingerprint)
        if name != "outside":
            self.commit(root)


# -- Servers -----------------------------------------------------------------------------------------------------


class Recorder(Controller):
    """A controller that remembers whole request lines."""

    def __init__(self, *arguments: object, **options: object) -> None:
        self.asked_for: list[str] = []
        super().__init__(*arguments, **options)

    def handler(self) -> type:
        """The class that speaks HTTP."""
        recorder = self

        class Handler(super().handler()):
            """Writes the request line down first."""

            def do_GET(self) -> None:
                """Answers a request."""
                if self.path.partition("?")[0] != "/version":
                    # kubectl puts --request-timeout there.
                    recorder.asked_for.append(f"{self.command} {self.path.removesuffix('?timeout=30s')}")
                super().do_GET()

            do_POST = do_GET
            do_PUT = do_GET
            do_PATCH = do_GET
            do_DELETE = do_GET

        return Handler


def body_fault(body: bytes) -> str | None:
    """What is wrong with a posted body: it must be exactly one SealedSecret."""
    try:
        documents = oracle.load_documents(body.decode())
    except (ValueError, yaml.YAMLError) as error:
        return f"no YAML: {error}"
    if len(documents) != 1 or not isinstance(documents[0], dict):
        return f"{len(documents)} documents"
    document = documents[0]
    if (document.get("apiVersion"), document.get("kind")) != ("bitnami.com/v1alpha1", "SealedSecret"):
        return f"kind {document.get('kind')!r} of {document.get('apiVersion')!r}"
    more = document.keys() - {"apiVersion", "kind", "metadata", "spec"}
    if more:
        return f"also {', '.join(map(str, sorted(more)))}"
    if re.search(rb"(?m)^kind:.*\n(?:.*\n)*kind:", body) or body.count(b'"kind"') > 1:
        return "kind twice"
    return None


# -- A case ------------------------------------------------------------------------------------------------------


class Case:
    """One folder of Tests/Hostile, under way for one user."""

    def __init__(self, path: Path, bases: Bases, base: Path, user: str) -> None:
        self.path = path
        self.bases = bases
        self.user = user
        self.prefix: list[str] = []
        self.says = yaml.safe_load((path / "case.yml").read_text(encoding="utf-8"))
        unknown = self.says.keys() - FIELDS | {key for command in self.says["commands"] for key in command} - COMMAND
        if unknown:
            raise ValueError(f"{path.name}/case.yml: {', '.join(sorted(unknown))}?")
        self.work, self.outside, self.canary, self.home, self.made = (
            base / name for name in ("work", "outside", "canary", "home", "made")
        )
        self.base = base
        self.failures: list[Failure] = []
        self.server: Recorder | None = None
        self.changed = False
        self.key: object = None
        #: The known content of folders.
        self.now: dict[Path, workspace.Tree] = {}
        self.before: workspace.Tree = {}
        self.before_outside: workspace.Tree = {}
        self.variables = {
            "WORK": str(self.work),
            "OUTSIDE": str(self.outside),
            "CANARY": str(self.canary),
            "HOME": str(self.home),
            "KEY": str(bases.keypair.key),
            "CERT": str(bases.keypair.certificate),
            "FINGERPRINT": bases.keypair.fingerprint,
            "OTHER": bases.other.fingerprint,
            "OTHER_CERT": str(bases.other.certificate),
            "OTHER_KEY": str(bases.other.key),
            "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        }

    # -- Making it

    def make(self) -> None:
        """Makes the repository, and everything around it."""
        subprocess.run(["cp", "-a", self.bases.folder / self.says.get("base", "small"), self.work], check=True)
        for folder in (self.outside, self.canary, self.home):
            folder.mkdir()
        (self.outside / "victim").write_text(f"{MARKER}: it is nobody's business\n")
        (self.outside / "victim").chmod(0o600)
        self.serve()
        if (self.path / "files").is_dir():
            shutil.copytree(self.path / "files", self.work, symlinks=True, dirs_exist_ok=True)
        if (self.path / "setup.py").exists():
            self.set_up()
        if (self.path / "setup.sh").exists():
            variables = workspace.environment(self.home, self.variables)
            made = workspace.run_to_end(["sh", "-eu", str(self.path / "setup.sh")], self.work, variables)
            if made.returncode != 0:
                raise RuntimeError(f"{self.path.name}/setup.sh: {(made.stdout + made.stderr).decode()}")
        if self.user == "nobody" and os.geteuid() == 0:
            give([self.work, self.outside, self.canary, self.home], NOBODY)
            self.prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        # What git recorded of the files is not valid for their copies: git has to read them, with its filters.
        os.rename(self.work, self.made)
        copy(self.made, self.work)
        copy(self.outside, self.base / "outside-made")
        self.before, self.before_outside = tree(self.work), tree(self.outside)

    def set_up(self) -> None:
        """Runs setup.py in a process of its own: it changes folder and variables, and may take much memory."""
        child = os.fork()
        if child == 0:
            try:
                os.environ |= {f"HOSTILE_{name}": value for name, value in self.variables.items()}
                os.environ |= workspace.environment(self.home)
                os.chdir(self.work)
                sys.path.insert(0, str(CASES))
                runpy.run_path(str(self.path / "setup.py"), run_name="__main__")
                os._exit(0)
            except BaseException:  # pylint: disable=broad-exception-caught
                traceback.print_exc()
            finally:
                os._exit(1)
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != 0:
            raise RuntimeError("setup.py failed")

    def serve(self) -> None:
        """Starts the server that the case needs."""
        wanted = self.says.get("controller")
        if not wanted:
            return
        options = {} if wanted is True else dict(wanted)
        answers = options.pop("answers", {})
        self.server = Recorder([self.bases.keypair], **options)
        for end, given in answers.items():
            self.server.override[end] = [status(*answer) for answer in given]
        self.server.write_kubeconfig(self.base / "kubeconfig")
        self.variables["SERVER"] = self.server.url

    # -- Running it

    def run(self) -> list[Failure]:
        """Runs the case; returns the checks that failed."""
        self.make()
        try:
            # Before the commands: a server gives its forged answers once.
            for name, command in self.says.get("witness", {}).items():
                self.witness(name, command)
            for command in self.says["commands"]:
                for values in self.each(command.get("each", {})):
                    if self.user in command.get("users", [self.user]):
                        self.command(command, values)
        finally:
            if self.server:
                self.server.close()
        return self.failures

    def each(self, lists: dict[str, list]) -> Iterator[dict[str, str]]:
        """The values of a command's own variables, one set after another."""
        if not lists:
            yield {}
            return
        ((name, values),) = lists.items()
        for value in values:
            yield {name: self.put_in(value, {})}

    def restore(self) -> None:
        """Restores the repository, and what is outside it."""
        if self.changed:
            mend(self.work, self.made, self.before)
            mend(self.outside, self.base / "outside-made", self.before_outside)
            self.now = {self.work: self.before, self.outside: self.before_outside}
        self.changed = False
        for path in self.canary.iterdir():
            path.unlink()

    def start(self, command: list[str], variables: dict, stdin: bytes, seconds: float) -> Ended:
        """Runs a command, and measures it."""
        with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            given.write(stdin)
            given.seek(0)
            process = subprocess.Popen(
                [*self.prefix, *command],
                cwd=self.work,
                env=variables,
                stdin=given,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

            watched = os.pidfd_open(process.pid)
            late = not select.select([watched], [], [], seconds * PATIENCE)[0]
            os.close(watched)
            if late:
                os.killpg(process.pid, signal.SIGKILL)
            _, ended, usage = os.wait4(process.pid, 0)
            taken = usage.ru_utime + usage.ru_stime
            late = late or taken > seconds
            process.returncode = os.waitstatus_to_exitcode(ended)
            out.seek(0)
            err.seek(0)
            return Ended(process.returncode, out.read(), err.read(), taken, usage.ru_maxrss / 1024, late)

    def environment(self, more: dict) -> dict:
        """The variables of a command."""
        own = {"KUBECONFIG": str(self.base / "kubeconfig")} if self.server else {}
        return {**workspace.environment(self.home), **own, **more}

    def put_in(self, text: object, values: dict[str, str]) -> str:
        """A text with the variables inserted."""
        return string.Template(str(text)).safe_substitute(self.variables | values)

    def command(self, says: dict, values: dict[str, str]) -> None:
        """Runs a command of moltseal and checks everything that must be true afterwards."""
        if not says.get("keep"):
            self.restore()
        shown = values and f" [{', '.join(repr(value)[:60] for value in values.values())}]" or ""
        label = f"{says['run']}{shown}"
        if "edit" in says:
            edit = says["edit"]
            file = self.work / edit["file"]
            text, count = re.subn(edit["replace"], lambda _: self.put_in(edit["with"], values), file.read_text())
            if not count:
                raise ValueError(f"{self.path.name}: {edit['file']} has no {edit['replace']}")
            file.write_text(text)
            self.changed, self.now = True, {}
        for line in says.get("after", []):
            self.changed, self.now = True, {}
            shell = ["sh", "-euc", self.put_in(line, values)]
            ended = self.start(shell, self.environment(self.variables | values), b"", 60)
            if ended.status != 0:
                raise RuntimeError(f"{self.path.name}: {line}: {ended.stderr.decode()}")
        before = {folder: self.now.get(folder) or tree(folder) for folder in (self.work, self.outside, self.home)}
        variables = self.environment({name: self.put_in(text, values) for name, text in says.get("env", {}).items()})
        words = [self.put_in(word, values) for word in shlex.split(says["run"])]
        stdin = (self.work / self.put_in(says["stdin"], values)).read_bytes() if "stdin" in says else b""
        if self.server:
            self.server.asked_for.clear()
            self.server.requests.clear()
        beside = None
        if "beside" in self.says:
            script = ["sh", "-c", self.put_in(self.says["beside"], values)]
            beside = subprocess.Popen([*self.prefix, *script], cwd=self.work, start_new_session=True)
        seconds = says.get("seconds", SECONDS)
        try:
            ended = self.start([*self.program(says), *words], variables, stdin, seconds)
        finally:
            if beside:
                os.killpg(beside.pid, signal.SIGKILL)
                beside.wait()
        found = [*self.check_end(says, ended, seconds), *self.check_words(says, ended, values)]
        found += [*self.check_files(says, before, values), *self.check_requests(says)]
        if found:
            self.failures.append(Failure(label, "; ".join(found)[: 2 * SHOWN]))

    def program(self, says: dict) -> list[str]:
        """moltseal, or a link to it named kubeseal."""
        if says.get("as") != "kubeseal":
            return [str(workspace.binary())]
        link = self.base / "kubeseal"
        if not link.is_symlink():
            link.symlink_to(workspace.binary())
        return [str(link)]

    # -- Checking it

    def check_end(self, says: dict, ended: Ended, seconds: float) -> Iterator[str]:
        """Exit status, time and memory."""
        expected = says["exit"]
        allowed = STATUSES.get(expected, [expected]) if isinstance(expected, (str, int)) else expected
        if ended.late:
            yield f"{ended.seconds:.0f} seconds of the processors, more than {seconds}, {ended.megabytes:.0f} MiB"
        elif ended.status not in allowed:
            errors = "".join(character if character.isprintable() else "?" for character in self.text(ended.stderr))
            yield f"exit {ended.status}, not {expected}: {errors[:SHOWN]}"
        megabytes = says.get("megabytes", MEGABYTES)
        if ended.megabytes > megabytes:
            yield f"{ended.megabytes:.0f} MiB, more than {megabytes} ({ended.seconds:.1f} s)"

    @staticmethod
    def text(output: bytes) -> str:
        """What was printed."""
        return output.decode("utf-8", "surrogateescape")

    def check_words(self, says: dict, ended: Ended, values: dict[str, str]) -> Iterator[str]:
        """Checks what was printed, and what must never be printed."""
        if len(ended.stderr) > CHATTER:
            yield f"{len(ended.stderr) >> 20} MiB on standard error"
        for name, output in (("standard output", ended.stdout), ("standard error", ended.stderr)):
            text = self.text(output)
            control = None if says.get("data") and name == "standard output" else CONTROLS.search(text)
            if control:
                place = text[max(0, control.start() - 30) : control.end() + 10]
                yield f"U+{ord(control[0]):04X} on {name}: {place!r}"
            for secret in [MARKER, *self.says.get("plaintext", [])]:
                at = text.find(secret)
                if at >= 0:
                    yield f"{secret!r} on {name}: {text[max(0, at - 60) : at + 30]!r}"
            if "silent" in says and (found := re.search(says["silent"], text, re.MULTILINE)):
                yield f"{name} has {found[0]!r}"
        if "says" in says and not re.search(self.put_in(says["says"], values), self.text(ended.stderr), re.MULTILINE):
            yield f"standard error has no {says['says']!r}: {self.text(ended.stderr)[:SHOWN]!r}"

    def check_files(self, says: dict, before: dict[Path, workspace.Tree], values: dict[str, str]) -> Iterator[str]:
        """Canaries, and which files changed."""
        for path in sorted(self.canary.iterdir()):
            yield f"canary: {path.name} ran"
        new = self.now = {folder: tree(folder) for folder in before}
        patterns = [self.put_in(pattern, values) for pattern in says.get("changes", [])]
        changed = workspace.differences(before[self.work], new[self.work])
        self.changed = self.changed or bool(changed)
        for path in changed:
            folder = new[self.work].get(path, before[self.work].get(path))[0].startswith("d")
            if harmless(path, new[self.work]) or any(fnmatch.fnmatchcase(path, pattern) for pattern in patterns):
                continue
            if folder and any(pattern.startswith(path + "/") for pattern in patterns):
                continue
            yield f"changed: {path}"
        for path in workspace.differences(before[self.outside], new[self.outside]):
            self.changed = True
            yield f"changed outside: {path}"
        for path in workspace.differences(before[self.home], new[self.home]):
            # kubectl caches what it has learned about a server.
            if path.split("/")[0] != ".kube":
                yield f"changed at home: {path}"
        if says.get("check") == "sealed":
            yield from self.check_sealed()
        for name, pattern in says.get("leaves", {}).items():
            path = self.work / self.put_in(name, values)
            text = path.read_text() if path.exists() else "(absent)"
            if not re.search(self.put_in(pattern, values), text):
                yield f"{name} is not as it should be: {text[:SHOWN]!r}"

    def check_sealed(self) -> Iterator[str]:
        """Whether every sealed file is valid, opens, and is named by the kustomization under its own name."""
        folder = self.work / "k8s"
        self.key = self.key or oracle.load_key(self.bases.keypair.key)
        try:
            named = yaml.load((folder / "kustomization.yml").read_text(), oracle.Loader)
        except yaml.YAMLError as error:
            yield f"the kustomization cannot be read: {error}"
            return
        if not isinstance(named, dict) or named.keys() - KUSTOMIZATION:
            yield f"the kustomization has more than it had: {sorted(named)}"
        for path in sorted(folder.rglob("*-sealedsecret.yml")):
            if str(path.relative_to(folder)) not in named["resources"]:
                yield f"the kustomization does not name {path.relative_to(folder)}: {named['resources']}"
            try:
                for document in oracle.load_sealed(path):
                    oracle.open_document(document, [self.key])
            except (oracle.OracleError, ValueError, KeyError, TypeError, yaml.YAMLError) as error:
                yield f"{path.name}: {type(error).__name__}: {error}"

    def check_requests(self, says: dict) -> Iterator[str]:
        """What was asked of the server."""
        if not self.server:
            return
        for line in self.server.asked_for:
            if not any(re.fullmatch(pattern, line) for pattern in says.get("requests", [])):
                yield f"asked: {line}"
        for request in self.server.requests:
            if request.method != "GET" and (fault := body_fault(request.body)):
                yield f"sent to {request.path}: {fault}"

    def witness(self, name: str, command: str) -> None:
        """Checks that the trick works on a program that is not careful."""
        self.changed = True
        self.restore()
        copy(self.made, self.work)
        self.now = {}
        outside = tree(self.outside)
        variables = self.environment(self.variables)
        self.changed, self.now = True, {}
        self.start(["sh", "-c", self.put_in(command, {})], variables, b"", SECONDS)
        if name == "outside":
            if not workspace.differences(outside, tree(self.outside)):
                self.failures.append(Failure(command, "the witness changed nothing outside: the trick does not work"))
        elif not (self.canary / name).exists():
            found = ", ".join(sorted(path.name for path in self.canary.iterdir())) or "none"
            self.failures.append(Failure(command, f"no canary {name} (found: {found}): the trick does not work"))


def run_case(path: Path, bases: Bases, user: str) -> tuple[str, list[Failure], float]:
    """Runs one case in a folder of its own; returns its name, the checks that failed, and the time it took."""
    begun = time.monotonic()
    base = Path(tempfile.mkdtemp(prefix=f"moltseal-{path.name}-"))
    base.chmod(0o755)
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        case = Case(path, bases, base, user)
        if user not in case.says.get("users", [user]):
            return path.name, [], 0.0
        return path.name, case.run(), time.monotonic() - begun
    except Exception as error:  # pylint: disable=broad-exception-caught
        return path.name, [Failure("the case itself", f"{type(error).__name__}: {error}")], time.monotonic() - begun
    finally:
        remove(base)
