"""Ctrl-C, SIGTERM and SIGHUP: nothing is left, one line says what happened, and the process dies from the signal."""

from __future__ import annotations

import functools
import os
import signal
import subprocess
import time
import unittest
from pathlib import Path

import test_killed
from test_killed import Interrupted, Scenario
from workspace import Workspace, binary, differences, tree, wait_for

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
#: When a signal comes, and whether the files are new then.
PLACES = {
    "locked": False,
    "read": False,
    "sealed": False,
    "proved": False,
    "planned": False,
    "staged-1": False,
    "committed": True,
    "renamed-1": True,
    "cleaned": True,
}


def setUpModule() -> None:
    """A signal that the test runner ignores, as under nohup, would be ignored by its children."""
    for number in SIGNALS[1:]:
        unittest.addModuleCleanup(signal.signal, number, signal.signal(number, signal.SIG_DFL))


@functools.cache
def scenario(name: str) -> Scenario:
    """A scenario of this module: its workspace is deleted with the module."""
    return test_killed.scenario.__wrapped__(name)


def state(process: subprocess.Popen) -> str:
    """The state of a process, as the kernel has it."""
    return Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()[0]


def alive(pid: int) -> bool:
    """Whether a process runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


def scratches(workspace: Workspace) -> list[Path]:
    """The folders of builds that are left."""
    return sorted(workspace.home.glob("moltseal-scratch-*"))


def kubectl(workspace: Workspace, script: str) -> dict[str, str]:
    """A fake kubectl, first on the returned path."""
    folder = workspace.base / "bin"
    folder.mkdir(exist_ok=True)
    (folder / "kubectl").write_text("#!/bin/sh\n" + script)
    (folder / "kubectl").chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


class Signals(Interrupted):
    """A signal at every kind of moment."""

    def interrupt(self, case: Scenario, step: str, number: signal.Signals) -> tuple[Workspace, str]:
        """A run that gets a signal at a step, and what it says."""
        workspace = self.clone(case)
        process = workspace.start(*case.arguments, flavour="debug", variables={"MOLTSEAL_TEST_STOP": f"{step}:STOP"})
        self.addCleanup(process.kill)
        wait_for(lambda: state(process) == "T" or process.poll() is not None, f"the step {step}")
        process.send_signal(number)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.wait(30), -number, step)
        return workspace, (workspace.home / "output").read_text()

    def test_each(self) -> None:
        """Before the commit point nothing is written, after it everything; the sentence is true in both cases."""
        case = scenario("cutover")
        for place, (step, is_new) in enumerate(PLACES.items()):
            number = SIGNALS[place % len(SIGNALS)]
            with self.subTest(step, signal=number.name):
                workspace, said = self.interrupt(case, step, number)
                self.assertEqual(self.assert_whole(case, workspace, step), is_new)
                self.assert_nothing_left(workspace)
                self.assertEqual(scratches(workspace), [])
                words = "everything was written" if is_new else "nothing was written"
                self.assertIn(f"moltseal: ended by {number.name}: {words}\n", said)
                self.assertNotIn("recover", said)

    def test_builder(self) -> None:
        """While the builder works: it ends too, with its children."""
        for number in SIGNALS:
            with self.subTest(number.name):
                workspace = self.clone(scenario("cutover"))
                slow = kubectl(workspace, 'sleep 600 &\necho $$ $! > "$0.$$"\nmv "$0.$$" "$0.pids.$$"\nwait\n')
                process = subprocess.Popen(
                    [binary(), "rotate", "--env", "prod"],
                    cwd=workspace.root,
                    env=workspace.environment(slow),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                )
                folder = workspace.base / "bin"
                files = wait_for(lambda f=folder: len(found := list(f.glob("kubectl.pids.*"))) == 2 and found, "builds")
                self.assertEqual(len(scratches(workspace)), 2)
                process.send_signal(number)
                _, errors = process.communicate(timeout=30)
                self.assertEqual(process.returncode, -number)
                self.assertIn(f"ended by {number.name}: nothing was written".encode(), errors)
                self.assertEqual(scratches(workspace), [])
                for pid in (int(word) for file in files for word in file.read_text().split()):
                    wait_for(lambda p=pid: not alive(p), f"the end of {pid}")

    def test_ignored(self) -> None:
        """A signal that the parent has set to be ignored, as under nohup, is ignored."""
        case = scenario("cutover")
        workspace = self.clone(case)
        stop = {"MOLTSEAL_TEST_STOP": "sealed:STOP"}
        process = workspace.start(*case.arguments, flavour="debug", variables=stop, prefix=("nohup",))
        self.addCleanup(process.kill)
        wait_for(lambda: state(process) == "T", "the step")
        process.send_signal(signal.SIGHUP)
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.wait(30), 0)
        self.assertTrue(self.assert_whole(case, workspace, "nohup"))

    def test_stale(self) -> None:
        """The next run removes what a killed run left in TMPDIR, and leaves what another one still uses."""
        case = scenario("cutover")
        workspace = self.clone(case)
        process = subprocess.Popen(
            [binary(), *case.arguments],
            cwd=workspace.root,
            env=workspace.environment(kubectl(workspace, "exec sleep 600\n")),
            stderr=subprocess.DEVNULL,
        )
        wait_for(lambda: len(scratches(workspace)) == 2, "a build")
        variables = {"TMPDIR": str(workspace.home)}
        self.clone(case).run(*case.arguments, variables=variables)
        self.assertEqual(len(scratches(workspace)), 2, "one that is in use")
        process.kill()
        process.wait()
        self.assertEqual(len(scratches(workspace)), 2)
        self.clone(case).run(*case.arguments, variables=variables)
        self.assertEqual(scratches(workspace), [])


class Pipes(Interrupted):
    """A child whose pipe cannot be read."""

    def test_read_fails(self) -> None:
        """EIO and ENOMEM end the child and the run, and are reported; nothing hangs."""
        case = scenario("cutover")
        for error in ("EIO", "ENOMEM"):
            with self.subTest(error):
                workspace = self.clone(case)
                endless = kubectl(workspace, "exec yes 'a: b'\n")
                start = time.monotonic()
                finished = workspace.run(
                    *case.arguments,
                    variables=endless,
                    prefix=(
                        *("strace", "-o", os.devnull, "-e", "signal=none", "-e", "trace=read"),
                        *("-e", f"inject=read:error={error}:when=200+"),
                    ),
                    check=False,
                )
                self.assertEqual(finished.returncode, 1, finished.stderr)
                self.assertIn(b"cannot read from 'kubectl'", finished.stderr)
                self.assertIn(b"nothing was written", finished.stderr)
                self.assertLess(time.monotonic() - start, 60)


class Output(unittest.TestCase):
    """Output that cannot be printed."""

    def test_page(self) -> None:
        """If the page that belongs to a change cannot be printed, the change is not made."""
        workspace = Workspace.small()
        self.addCleanup(workspace.remove)
        before = tree(workspace.root)
        command = f"exec '{binary()}' rotate --env prod --runbook - > /dev/full"
        finished = subprocess.run(
            ["sh", "-c", command], cwd=workspace.root, env=workspace.environment(), capture_output=True, check=False
        )
        self.assertEqual(finished.returncode, 1, finished.stderr)
        self.assertIn(b"cannot write to standard output", finished.stderr)
        self.assertIn(b"nothing was written", finished.stderr)
        self.assertEqual(differences(before, tree(workspace.root)), [])


if __name__ == "__main__":
    unittest.main()
