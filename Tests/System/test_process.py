"""The process itself: who may inspect it, what it needs from its surroundings, and what its children get."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from workspace import TestCase, Workspace, binary, environment, need_root, run_to_end

NOBODY = 65534
SECRET = "s3cret-value-of-a-variable"


def installed(folder: Path, mode: int = 0o711) -> Path:
    """The binary as `sudo install -m 0711` leaves it: an ordinary user may run it, and may not read it."""
    path = folder / "moltseal"
    shutil.copyfile(binary(), path)
    path.chmod(mode)
    return path


def as_nobody() -> None:
    """Becomes nobody, in a child."""
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)


class AnotherProcessOfTheUser(TestCase):
    """From `exec` on, no other process of the same user may open the memory or the environment."""

    def watch(self, program: Path, attempts: int, *arguments: str) -> int:
        """How many of some runs another process of nobody could inspect at any time."""
        seen = 0
        for _ in range(attempts):
            reading, writing = os.pipe()
            watcher = os.fork()
            if watcher == 0:
                as_nobody()
                os.read(reading, 1)
                seconds, opened = time.monotonic() + 0.5, 0
                process = int(os.read(reading, 20))
                while time.monotonic() < seconds and not opened:
                    for name in ("environ", "mem"):
                        try:
                            with open(f"/proc/{process}/{name}", "rb") as file:
                                opened = name == "mem" or SECRET.encode() in file.read()
                        except OSError:
                            pass
                os._exit(1 if opened else 0)
            child = os.fork()
            if child == 0:
                as_nobody()
                # Until exec the child is a copy of this test, which contains no secret and is not dumpable either.
                ctypes.CDLL(None).prctl(4, 0, 0, 0, 0)
                os.write(writing, b"x")
                os.write(writing, str(os.getpid()).encode())
                null = os.open("/dev/null", os.O_RDWR)
                for number in (0, 1, 2):
                    os.dup2(null, number)
                words = arguments or ("generate", "--kind", "hex", "--bytes", "32")
                os.execve(program, ["moltseal", *words], {"MOLTSEAL_X": SECRET})
            os.waitpid(child, 0)
            seen += os.waitstatus_to_exitcode(os.waitpid(watcher, 0)[1])
            os.close(reading)
            os.close(writing)
        return seen

    def test_window(self) -> None:
        """Installed without read permission it can never be opened; a readable one can, which shows that the test notices."""
        need_root()
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)
            self.assertEqual(self.watch(installed(folder), 20), 0)
            readable = folder / "readable"
            shutil.copyfile("/bin/sleep", readable)
            readable.chmod(0o755)
            self.assertGreater(self.watch(readable, 3, "0.4"), 0, "the watcher sees nothing")

    def test_strace_of_the_user(self) -> None:
        """A user's own strace sees which calls are made, and no byte of their arguments, even for a readable binary."""
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            folder.chmod(0o755)
            try:
                readable = installed(folder, 0o755)
            except PermissionError:
                self.skipTest("an installed binary, which not even strace may read")
            for program, blind in ((readable, True), (Path("/bin/echo"), False)):
                finished = subprocess.run(
                    ["strace", "-f", "-e", "trace=write", str(program), "--version"],
                    preexec_fn=as_nobody if os.geteuid() == 0 else None, capture_output=True, check=True,
                )
                write = next(line for line in finished.stderr.splitlines() if b"write(1, " in line)
                self.assertEqual(b"write(1, 0x" in write, blind, write)

    def test_released_mode(self) -> None:
        """`make release` leaves the binary without read permission for others."""
        script = (Path(__file__).resolve().parents[2] / "scripts/build-release").read_text()
        self.assertIn("chmod 0711", script)


class Surroundings(TestCase):
    """What a run needs from the machine."""

    def test_without_proc(self) -> None:
        """If /proc is not mounted, a command does its work or fails; it never prints help and succeeds."""
        need_root()
        script = 'umount -l /proc 2>/dev/null || mount -t tmpfs none /proc; exec "$@"'
        workspace = self.keep(Workspace.small())
        for arguments in (["verify", "nothing.yml"], ["status", "--env", "prod"], ["rotate", "--env", "prod"], ["recover"]):
            command = ["unshare", "-m", "sh", "-c", script, "sh", str(binary()), *arguments]
            finished = run_to_end(command, workspace.root, workspace.environment())
            if b"unshare" in finished.stderr:
                self.skipTest(finished.stderr.decode())
            self.assertNotIn(b"USAGE", finished.stdout, arguments)
            self.assertNotEqual(finished.returncode, 0, arguments)
        version = run_to_end(
            ["unshare", "-m", "sh", "-c", script, "sh", str(binary()), "generate", "--kind", "hex", "--bytes", "32"],
            workspace.root, workspace.environment(),
        )
        self.assertEqual((version.returncode, len(version.stdout)), (0, 65), version.stderr)

    def test_no_secure_heap(self) -> None:
        """If the locked heap cannot be made, values are in ordinary memory, and this is reported; nothing crashes."""
        compiler = shutil.which("cc")
        if compiler is None:
            self.skipTest("no C compiler")
        with tempfile.TemporaryDirectory() as name:
            source = Path(name) / "no-heap.c"
            source.write_text(
                """
                #define _GNU_SOURCE
                #include <dlfcn.h>
                #include <errno.h>
                #include <sys/mman.h>
                void *mmap(void *at, size_t size, int protection, int flags, int file, off_t offset) {
                  void *(*real)(void *, size_t, int, int, int, off_t) = dlsym(RTLD_NEXT, "mmap");
                  if (size > 1 << 20 && size < (1 << 20) + 65536 && flags & MAP_ANONYMOUS) {
                    errno = ENOMEM;
                    return MAP_FAILED;
                  }
                  return real(at, size, protection, flags, file, offset);
                }
                """
            )
            subprocess.run([compiler, "-shared", "-fPIC", "-o", f"{name}/no-heap.so", source, "-ldl"], check=True)
            command = [binary(), "generate", "--kind", "hex", "--bytes", "32"]
            finished = run_to_end(command, Path(name), environment(Path(name), {"LD_PRELOAD": f"{name}/no-heap.so"}))
            self.assertEqual((finished.returncode, len(finished.stdout)), (0, 65), finished.stderr.decode())
            self.assertRegex(finished.stderr.decode(), "secret memory is not locked")

    def test_not_locked(self) -> None:
        """If the memlock limit prevents locking, this is reported once."""
        workspace = self.keep(Workspace.small())
        prefix = ["prlimit", "--memlock=0:0"]
        if os.geteuid() == 0:
            # Root may lock any amount.
            prefix += ["setpriv", "--bounding-set=-ipc_lock", "--inh-caps=-ipc_lock"]
        finished = workspace.run("generate", "--kind", "hex", "--bytes", "32", prefix=prefix)
        self.assertEqual(finished.stderr.decode().count("secret memory is not locked"), 1, finished.stderr)
        self.assertNotIn(b"not locked", workspace.run("generate", "--kind", "hex", "--bytes", "32").stderr)


class Children(TestCase):
    """What git and kubectl get."""

    def fake_kubectl(self, workspace: Workspace) -> dict[str, str]:
        """Variables with a `kubectl` first on the PATH that records its input, and fails."""
        folder = workspace.base / "bin"
        folder.mkdir()
        script = folder / "kubectl"
        script.write_text(
            "#!/bin/sh\n"
            f'tr "\\0" "\\n" < /proc/self/environ > {workspace.base}/variables\n'
            f'printf "%s\\n" "$@" > {workspace.base}/arguments\n'
            f'for file in $(echo "$KUBECONFIG" | tr ":" " "); do cat "$file"; done > {workspace.base}/config 2>&1\n'
            "echo refused >&2\nexit 1\n"
        )
        script.chmod(0o755)
        return {"PATH": f"{folder}:{os.environ['PATH']}"}

    def test_kubectl_gets_the_environment(self) -> None:
        """kubectl gets every variable, for ordinary users too, but no supplied value and none of moltseal's own."""
        workspace = self.keep(Workspace.small())
        variables = {
            **self.fake_kubectl(workspace), "HOME": str(workspace.home), "KUBECONFIG": "/somewhere/config",
            "AWS_PROFILE": "lab", "ODD": b"\xff\xfe", "EMPTY": "", "MOLTSEAL_API_TOKEN": SECRET,
        }
        self.assert_refused(workspace.run("cert", "fetch", "--context", "lab", variables=variables, check=False))
        given = (workspace.base / "variables").read_bytes().split(b"\n")
        for wanted in (b"KUBECONFIG=/somewhere/config", b"AWS_PROFILE=lab", b"ODD=\xff\xfe", b"EMPTY="):
            self.assertIn(wanted, given)
        self.assertIn(b"HOME=" + os.fsencode(workspace.home), given)
        self.assertNotIn(SECRET.encode(), b"".join(given))
        self.assertFalse([name for name in given if name.startswith(b"MOLTSEAL")])

    def test_no_credential_in_arguments(self) -> None:
        """A token or password on kubeseal's command line reaches kubectl in memory, not in its arguments."""
        workspace = self.keep(Workspace.small())
        kubeseal = workspace.base / "kubeseal"
        kubeseal.symlink_to(binary())
        variables = workspace.environment(self.fake_kubectl(workspace))
        (workspace.home / "own").write_text("own-config\n")
        for flags in (["--token", SECRET], [f"--password={SECRET}", "--username=me"]):
            command = [kubeseal, "--fetch-cert", "--kubeconfig", workspace.home / "own", "--context", "lab", *flags]
            finished = run_to_end(command, workspace.root, variables)
            self.assertEqual(finished.returncode, 1)
            arguments = (workspace.base / "arguments").read_text()
            self.assertNotIn(SECRET, arguments)
            self.assertIn("--context=lab", arguments)
            self.assertNotIn(SECRET, (workspace.base / "variables").read_text())
            config = (workspace.base / "config").read_text()
            self.assertIn(SECRET, config)
            self.assertIn("own-config", config)

    def test_every_supplied_value_leaves_the_environment(self) -> None:
        """A supplied variable that the run does not need is removed from /proc too, during the run."""
        need_root()
        workspace = self.keep(Workspace.small())
        variables = {"MOLTSEAL_TEST_STOP": "decided:STOP", "MOLTSEAL_NOBODY_NEEDS": SECRET, "OTHER": "stays"}
        process = workspace.start("rotate", "--env", "prod", flavour="debug", variables=variables)
        try:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            self.assertTrue(os.WIFSTOPPED(status))
            found = Path(f"/proc/{process.pid}/environ").read_bytes()
        finally:
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        self.assertIn(b"OTHER=stays", found)
        self.assertNotIn(SECRET.encode(), found)


if __name__ == "__main__":
    unittest.main()
