"""Workspaces for the system tests: a separate folder with a git repository, a throwaway key and no outside influence.

`Workspace.small()` is the tree in `small/`; `Workspace.moltbook()` is this repository's own deployment. Both have the
throwaway certificate pinned, so that a test can call `rotate --env prod` at once.
"""

from __future__ import annotations

import atexit
import functools
import os
import re
import shutil
import signal
import stat
import subprocess
import tempfile
import time
import unittest
from pathlib import Path
from typing import Callable, Iterable, Mapping, TypeVar

import oracle

REPOSITORY = Path(__file__).resolve().parents[2]
SMALL = Path(__file__).resolve().parent / "small"
TIMEOUT = 120
PATIENCE = 60

#: The environment variable of each binary, and its default path relative to the repository.
BINARIES = {
    "release": ("MOLTSEAL", ".build/release/moltseal"),
    "debug": ("MOLTSEAL_DEBUG", ".build/debug/moltseal"),
}

# A shell that starts the tests in the background ignores SIGINT, and every child would inherit that.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

#: Whether everything is tried: `make test-long` and CI do. Otherwise a sample is.
IS_LONG = os.environ.get("MOLTSEAL_LONG", "") != ""

Tree = dict[str, tuple]
Found = TypeVar("Found")


class Missing(Exception):
    """A binary or a tree that the tests need does not exist."""


@functools.cache
def binary(flavour: str = "release") -> Path:
    """The path of the release or the debug binary."""
    variable, default = BINARIES[flavour]
    path = REPOSITORY / os.environ.get(variable, default)
    if not os.access(path, os.X_OK):
        raise Missing(f"no {flavour} binary at {path}: build it, or set {variable}")
    return path


def shared(variable: str, name: str) -> Path:
    """A folder of recorded data next to the repository, or where a variable says; skips without it."""
    path = Path(os.environ.get(variable) or REPOSITORY.parent / "shared" / name)
    if not path.is_dir():
        raise unittest.SkipTest(f"no recorded data at {path}; set {variable} to the folder")
    return path


def wait_for(condition: Callable[[], Found | None], what: str, seconds: float = PATIENCE) -> Found:
    """The condition's first true value."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if value := condition():
            return value
        time.sleep(0.01)
    raise AssertionError(f"waited {seconds} s for {what}")


def sample(items: Iterable[Found], most: int) -> list[Found]:
    """All items in a long run; otherwise at most `most` of them, evenly spread, the first and the last included."""
    everything = list(items)
    if IS_LONG or len(everything) <= most:
        return everything
    step = (len(everything) - 1) / (most - 1)
    return [everything[round(index * step)] for index in range(most)]


def need_root() -> None:
    """Skips a test that must read another process's memory."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root, to read the memory of a process that forbids it")


#: Starts a command in its own user namespace, as the same user, with every capability inside.
OWN_NAMESPACE = ("unshare", "--map-current-user", "--keep-caps")


@functools.cache
def may_trace() -> tuple[str, ...]:
    """The command under which strace may read the memory of a process that forbids it; skips if that is not allowed.

    Root needs none. Another user can in a user namespace of his own, if the system allows one.
    """
    if os.geteuid() == 0:
        return ()
    try:
        allowed = subprocess.run([*OWN_NAMESPACE, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        allowed = False
    if not allowed:
        raise unittest.SkipTest("needs root or a user namespace, to read the memory of a process that forbids it")
    return OWN_NAMESPACE


def environment(home: Path, extra: Mapping[str, str | bytes] | None = None) -> dict:
    """A neutral environment: its own home, a git identity, no CI, no MOLTSEAL_ variable."""
    neutral = {
        "PATH": os.environ.get("PATH", "/usr/bin:/bin"),
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "HOME": str(home),
        "TMPDIR": str(home),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
    }
    for role in ("AUTHOR", "COMMITTER"):
        neutral[f"GIT_{role}_NAME"] = "Test"
        neutral[f"GIT_{role}_EMAIL"] = "test@example.com"
        neutral[f"GIT_{role}_DATE"] = "2026-01-01T00:00:00Z"
    return {**neutral, **(extra or {})}


def tree(root: Path) -> Tree:
    """Every path in a folder except `.git`, with its kind, mode and bytes."""
    found: Tree = {}
    for folder, names, files in os.walk(root):
        if ".git" in names:
            names.remove(".git")
        for name in names + files:
            path = Path(folder, name)
            status = path.lstat()
            if stat.S_ISLNK(status.st_mode):
                content: object = os.readlink(path)
            elif stat.S_ISREG(status.st_mode):
                content = path.read_bytes()
            else:
                content = None
            found[str(path.relative_to(root))] = (stat.filemode(status.st_mode), content)
    return found


def differences(old: Tree, new: Tree) -> list[str]:
    """The paths whose kind, mode or bytes differ between two trees."""
    return sorted(path for path in old.keys() | new.keys() if old.get(path) != new.get(path))


def run_to_end(command: list, folder: Path, variables: Mapping, stdin: bytes = b"") -> subprocess.CompletedProcess:
    """Runs a command; if it takes too long, ends it with all its children, which strace alone would leave."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=variables,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        stdout, stderr = process.communicate(stdin, TIMEOUT)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        raise
    return subprocess.CompletedProcess(command, process.returncode, stdout, stderr)


def copy_moltbook(destination: Path) -> None:
    """Copies this repository's deployment."""
    for name in ("templates", "k8s", "moltseal.yml"):
        source = REPOSITORY / name
        if not source.exists():
            raise Missing(f"no {source}")
        if source.is_dir():
            shutil.copytree(source, destination / name, symlinks=True, dirs_exist_ok=True)
        else:
            shutil.copy2(source, destination / name)


def copy_small(destination: Path) -> None:
    """Copies the small tree without replacing existing files."""
    for source in sorted(SMALL.rglob("*")):
        target = destination / source.relative_to(SMALL)
        if source.is_dir():
            target.mkdir(exist_ok=True)
        elif not target.exists():
            shutil.copyfile(source, target)


def pin(workspace_file: Path, certificate: str, fingerprint: str) -> None:
    """Writes a certificate and its fingerprint into the environment `prod` of a workspace file, by hand."""
    text = workspace_file.read_text()
    text = re.sub(r"(?m)^ +(certificate|fingerprints):.*\n", "", text)
    lines = rf"\g<0>\g<1>certificate: {certificate}\n\g<1>fingerprints: ['{fingerprint}']\n"
    text, count = re.subn(r"(?m)^( +)output: .*\n", lines, text)
    if count != 1:
        raise Missing(f"{workspace_file}: no single line 'output:' to write the pin after")
    workspace_file.write_text(text)


@functools.cache
def throwaway_key(bits: int = 2048) -> oracle.KeyPair:
    """One key for all tests of a process: making one takes longer than most tests."""
    folder = tempfile.mkdtemp(prefix="moltseal-key-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return oracle.make_keypair(Path(folder) / "prod", bits)


class Workspace:
    """A folder with a workspace, its git repository, and a home for the processes started in it."""

    def __init__(self, base: Path, keypair: oracle.KeyPair) -> None:
        self.base = base
        self.keypair = keypair
        self.root = base / "work"
        self.home = base / "home"

    # -- Making one

    @classmethod
    def make(cls, fill, certificate: str = "prod.pem") -> Workspace:
        """A workspace that `fill` writes into an empty folder, with the certificate pinned and everything committed."""
        made = cls(Path(tempfile.mkdtemp(prefix="moltseal-test-")), throwaway_key())
        made.root.mkdir()
        made.home.mkdir()
        fill(made.root)
        (made.root / certificate).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(made.keypair.certificate, made.root / certificate)
        pin(made.root / "moltseal.yml", certificate, made.keypair.fingerprint)
        made.git("init", "-q", "-b", "main")
        made.commit()
        return made

    @classmethod
    def bare(cls, fill) -> Workspace:
        """A repository without a workspace that `fill` writes into an empty folder, everything committed."""
        made = cls(Path(tempfile.mkdtemp(prefix="moltseal-test-")), throwaway_key())
        made.root.mkdir()
        made.home.mkdir()
        fill(made.root)
        made.git("init", "-q", "-b", "main")
        made.commit()
        return made

    @classmethod
    def small(cls) -> Workspace:
        """The tree in `small/`."""
        return cls.make(copy_small)

    @classmethod
    def moltbook(cls) -> Workspace:
        """This repository's own deployment."""
        return cls.make(copy_moltbook, "k8s/secrets/prod-cert.pem")

    @classmethod
    def of(cls, files: Mapping[str, str]) -> Workspace:
        """A workspace of the given files, including `moltseal.yml`."""

        def fill(root: Path) -> None:
            for name, text in files.items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_text(text)

        return cls.make(fill)

    def clone(self) -> Workspace:
        """A copy of this workspace in its present state, including the git directory."""
        copied = Workspace(Path(tempfile.mkdtemp(prefix="moltseal-test-")), self.keypair)
        copied.become(self)
        return copied

    def become(self, other: Workspace) -> None:
        """Makes this folder a copy of another workspace in its present state."""
        for folder in ("work", "home"):
            shutil.rmtree(self.base / folder, ignore_errors=True)
            shutil.copytree(other.base / folder, self.base / folder, symlinks=True)
        self.git("update-index", "-q", "--refresh", check=False)

    def remove(self) -> None:
        """Deletes the folder."""
        shutil.rmtree(self.base, ignore_errors=True)

    # -- Running things in it

    def environment(self, extra: Mapping[str, str | bytes] | None = None) -> dict:
        """The environment of everything that runs here."""
        return environment(self.home, extra)

    def run(
        self,
        *arguments: str | os.PathLike,
        flavour: str = "release",
        variables: Mapping[str, str | bytes] | None = None,
        prefix: Iterable[str] = (),
        stdin: bytes = b"",
        check: bool = True,
    ) -> subprocess.CompletedProcess:
        """Runs moltseal to its end; `prefix` is a command that starts it, such as strace."""
        finished = run_to_end(
            [*prefix, binary(flavour), *arguments], self.root, self.environment(variables), stdin
        )
        if check and finished.returncode != 0:
            raise AssertionError(
                f"moltseal {' '.join(map(str, arguments))}: exit {finished.returncode}\n"
                f"{finished.stderr.decode(errors='replace')}"
            )
        return finished

    def start(
        self,
        *arguments: str,
        flavour: str = "release",
        variables: Mapping[str, str] | None = None,
        prefix: Iterable[str] = (),
    ) -> subprocess.Popen:
        """Starts moltseal and does not wait; what it prints goes to `output` in the home folder."""
        with open(self.home / "output", "wb") as output:
            return subprocess.Popen(
                [*prefix, binary(flavour), *arguments],
                cwd=self.root,
                env=self.environment(variables),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def git(self, *arguments: str, check: bool = True) -> str:
        """Runs git here."""
        finished = subprocess.run(
            ["git", *arguments], cwd=self.root, env=self.environment(), capture_output=True, check=False
        )
        if check and finished.returncode != 0:
            raise AssertionError(f"git {' '.join(arguments)}: {finished.stderr.decode()}")
        return finished.stdout.decode()

    def commit(self) -> None:
        """Commits everything."""
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", "state")

    # -- Looking at it

    def tree(self) -> Tree:
        """Every file except git's."""
        return tree(self.root)

    def sealed_files(self) -> list[Path]:
        """The SealedSecret files, in order."""
        return sorted(self.root.rglob("*-sealedsecret.yml"))

    def values(self) -> dict[tuple[str, str], bytes]:
        """(Secret name, item) to value, as the oracle opens them; fails when one does not open."""
        return {
            (secret["name"], item): value
            for path in self.sealed_files()
            for secret in oracle.open_file(path, self.keypair.key)
            for item, value in secret["data"].items()
        }

    def journals(self) -> list[Path]:
        """What a run keeps while it works: the journal, the plan before it, and the old copies."""
        folder = self.root / ".git" / "moltseal"
        return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")

    def staged(self) -> list[Path]:
        """The new files next to their targets during a run."""
        return sorted(path for path in self.root.rglob(".*.moltseal-*") if ".git" not in path.parts)

    def interrupted(self) -> bool:
        """Whether a run passed its commit point and did not end."""
        return any(path.name == "journal" for path in self.journals())


def left_behind(root: Path) -> list[Path]:
    """What a run keeps while it works, in git's folder or next to the files, and what it stages."""
    kept = [path for path in (root / ".git" / "moltseal").rglob("*") if path.is_file() and path.name != "lock"]
    folders = [path for path in root.rglob(".moltseal*") if ".git" not in path.parts and path.is_dir()]
    kept += [path for folder in folders for path in folder.rglob("*") if path.is_file() and path.name != "lock"]
    return sorted(kept + [path for path in root.rglob(".*.moltseal-*") if ".git" not in path.parts])


class TestCase(unittest.TestCase):
    """Keeps the workspaces of a test until its end."""

    maxDiff = 4000

    def keep(self, workspace: Workspace) -> Workspace:
        """Deletes the workspace when the test is over."""
        self.addCleanup(workspace.remove)
        return workspace

    def assert_same_tree(self, old: Tree, new: Tree, message: str = "") -> None:
        """Asserts that no path differs."""
        self.assertEqual(differences(old, new), [], message or "these files differ")

    def assert_refused(self, finished: subprocess.CompletedProcess, pattern: str = ".", status: int = 1) -> None:
        """Asserts an exit status, an error on standard error, and nothing on standard output."""
        errors = finished.stderr.decode(errors="replace")
        self.assertEqual(finished.returncode, status, errors)
        self.assertRegex(errors, r"(?m)^moltseal: error: ")
        self.assertRegex(errors, pattern)
        self.assertEqual(finished.stdout, b"")
