"""All or nothing: a run that is killed at any step, or that gets a disk error or a full disk at any call.

After each interruption every target has all its old or all its new bytes; after the next run all of them are old or all
are new, and nothing of the interrupted run is left. The debug binary names its steps and stops at one; the release
binary gets its errors from strace.
"""

from __future__ import annotations

import functools
import itertools
import os
import re
import signal
import subprocess
import threading
import unittest
from collections import Counter
from pathlib import Path
from typing import Iterator, NamedTuple

from workspace import PATIENCE, TestCase, Tree, Workspace, differences, need_root, sample

KILLED = -signal.SIGKILL
ROTATION = re.compile(rb"r-\d{8}T\d{6}Z-[0-9a-f]{16}")

#: The steps in order; saved, staged and renamed are numbered, one for each file.
STEPS = "locked recovered read decided sealed proved checked planned saved staged committed renamed synced cleaned".split()

#: The calls that change a file or a folder, each with the errors that it is given.
INJECTED = {
    "write": ("ENOSPC", "EIO"),
    "pwrite64": ("ENOSPC", "EIO"),
    "writev": ("ENOSPC", "EIO"),
    "fsync": ("ENOSPC", "EIO"),
    "fdatasync": ("ENOSPC", "EIO"),
    "rename": ("ENOSPC", "EIO"),
    "renameat": ("ENOSPC", "EIO"),
    "renameat2": ("ENOSPC", "EIO"),
    "unlink": ("EIO",),
    "unlinkat": ("EIO",),
    "mkdir": ("ENOSPC",),
    "mkdirat": ("ENOSPC",),
    "linkat": ("ENOSPC",),
    "ftruncate": ("ENOSPC",),
    "fallocate": ("ENOSPC",),
}


class Scenario(NamedTuple):
    """A workspace, a run in it, and the result of the run."""

    name: str
    workspace: Workspace
    arguments: tuple[str, ...]
    old: Tree
    targets: frozenset[str]
    steps: tuple[str, ...]


def only_files(tree: Tree) -> Tree:
    """A tree without its folders: git does not record an empty one either."""
    return {path: entry for path, entry in tree.items() if entry[1] is not None}


@functools.cache
def scenario(name: str) -> Scenario:
    """The cutover, or a rotation of everything in a workspace that was cut over."""
    workspace = Workspace.small()
    unittest.addModuleCleanup(workspace.remove)
    arguments = ("rotate", "--env", "prod")
    if name == "rotation":
        workspace.run(*arguments)
        workspace.commit()
        arguments += ("--all",)
    trial = workspace.clone()
    try:
        finished = trial.run(*arguments, flavour="debug", variables={"MOLTSEAL_TEST_STEPS": "1"})
        old = only_files(workspace.tree())
        targets = frozenset(differences(old, only_files(trial.tree())))
    finally:
        trial.remove()
    steps = tuple(re.findall(r"(?m)^moltseal-step: (\S+)$", finished.stderr.decode()))
    return Scenario(name, workspace, arguments, old, targets, steps)


class Interrupted(TestCase):
    """What is true after every interruption."""

    def clone(self, case: Scenario) -> Workspace:
        """A workspace of its own for one interruption."""
        return self.keep(case.workspace.clone())

    def kill(self, case: Scenario, step: str) -> Workspace:
        """A workspace whose run was killed at a step."""
        workspace = self.clone(case)
        stop = {"MOLTSEAL_TEST_STOP": f"{step}:KILL"}
        finished = workspace.run(*case.arguments, flavour="debug", variables=stop, check=False)
        self.assertEqual(finished.returncode, KILLED, f"at {step}: {finished.stderr.decode()}")
        return workspace

    def strace(self, workspace: Workspace, *options: str) -> tuple[list[str], Path]:
        """The command that traces the calls that change something, and the file of its trace."""
        trace = workspace.base / "trace"
        calls = ",".join("?" + call for call in INJECTED)
        return ["strace", "-f", "-o", str(trace), "-e", f"trace={calls}", "-e", "signal=none", *options], trace

    def count(self, workspace: Workspace, *arguments: str) -> dict[str, int]:
        """How often each call is made, by the process that makes it most often: strace counts for each."""
        trial = self.keep(workspace.clone())
        prefix, trace = self.strace(trial)
        trial.run(*arguments, prefix=prefix)
        made = Counter(re.findall(r"(?m)^(\d+) +(\w+)\(", trace.read_text()))
        counts: dict[str, int] = {}
        for (_, call), number in made.items():
            counts[call] = max(counts.get(call, 0), number)
        trial.remove()
        return dict(sorted(counts.items()))

    def kill_at_call(self, workspace: Workspace, call: str, occurrence: int, *arguments: str) -> Workspace:
        """A copy of the workspace in which the release binary was killed at one of its calls."""
        killed = self.keep(workspace.clone())
        prefix, trace = self.strace(killed, "-e", f"inject={call}:signal=SIGKILL:when={occurrence}")
        killed.run(*arguments, prefix=prefix, check=False)
        # The call in which a process ends has no result; calls of other threads may come in between.
        ended = rf"(?m)^\d+ +(?:{call}\(|<\.\.\. {call} resumed>).*= \?$"
        self.assertRegex(trace.read_text(), ended, f"{call} {occurrence}: nothing was killed")
        return killed

    def files(self, workspace: Workspace) -> Tree:
        """The workspace's files, without those next to their targets."""
        staged = {str(path.relative_to(workspace.root)) for path in workspace.staged()}
        return {path: entry for path, entry in only_files(workspace.tree()).items() if path not in staged}

    def assert_nothing_left(self, workspace: Workspace) -> None:
        """Asserts that no staged file and no journal exists."""
        self.assertEqual(workspace.staged() + workspace.journals(), [])

    def assert_whole(self, case: Scenario, workspace: Workspace, message: str) -> bool:
        """Asserts that all targets are old or all are new; whether they are new."""
        tree = self.files(workspace)
        changed = differences(case.old, tree)
        if not changed:
            return False
        self.assertEqual(changed, sorted(case.targets), message)
        self.assert_coherent(workspace, message)
        return True

    def assert_coherent(self, workspace: Workspace, message: str) -> None:
        """Asserts that the sealed files open, are from one rotation, and agree."""
        values = workspace.values()
        self.assertIn(b":" + values["db", "password"] + b"@", values["app", "DATABASE_URL"], message)
        rotations = [max(ROTATION.findall(path.read_bytes())) for path in workspace.sealed_files()]
        self.assertEqual(len(set(rotations)), 1, message)
        (lock,) = workspace.root.rglob("moltseal.lock")
        self.assertIn(rotations[0], lock.read_bytes(), message)

    def assert_individually_whole(self, case: Scenario, interrupted: Tree, recovered: Tree, message: str) -> None:
        """Asserts that each file held its old or its new bytes, and that nothing else was touched."""
        for path in sorted(interrupted.keys() | case.old.keys()):
            allowed = [case.old.get(path)]
            if path in case.targets and recovered.get(path) != case.old.get(path):
                allowed.append(recovered.get(path))
            self.assertIn(interrupted.get(path), allowed, f"{path}: {message}")


def each_call(counts: dict[str, int]) -> list[tuple[str, int]]:
    """Every occurrence of every call, from 1."""
    return [(call, occurrence) for call, number in counts.items() for occurrence in range(1, number + 1)]


class KilledAtEachStep(Interrupted):
    """SIGKILL at every named step."""

    def each(self) -> Iterator[tuple[Scenario, str]]:
        """Every step of both scenarios, or a sample of them, as a subtest."""
        cases = [scenario(name) for name in ("cutover", "rotation")]
        for case, step in sample([(case, step) for case in cases for step in case.steps], 6):
            with self.subTest(run=case.name, step=step):
                yield case, step

    def test_steps(self) -> None:
        """The steps are the documented ones, one for each target where there is one for each."""
        for name in ("cutover", "rotation"):
            case = scenario(name)
            kinds = list(dict.fromkeys(re.sub(r"-\d+$", "", step) for step in case.steps))
            self.assertEqual(kinds, [kind for kind in STEPS if kind in kinds], case.steps)
            for kind in ("locked", "sealed", "committed", "synced", "cleaned"):
                self.assertIn(kind, kinds)
            for kind in ("staged", "renamed"):
                count = sum(step.startswith(kind + "-") for step in case.steps)
                self.assertEqual(count, len(case.targets), f"{kind}: {case.steps}")

    def test_recover(self) -> None:
        """`recover` finishes what passed the commit point, and removes what did not."""
        for case, step in self.each():
            workspace = self.kill(case, step)
            interrupted, committed = self.files(workspace), workspace.interrupted()
            workspace.run("recover")
            new = self.assert_whole(case, workspace, step)
            self.assert_individually_whole(case, interrupted, self.files(workspace), step)
            self.assertEqual(new, committed or step == "cleaned", step)
            self.assert_nothing_left(workspace)
            workspace.commit()
            workspace.run(*case.arguments)

    def test_abort(self) -> None:
        """`recover --abort` goes back to the old bytes."""
        for case, step in self.each():
            workspace = self.kill(case, step)
            committed = workspace.interrupted()
            workspace.run("recover", "--abort")
            new = self.assert_whole(case, workspace, step)
            self.assertEqual(new, step == "cleaned" and not committed, step)
            self.assert_nothing_left(workspace)

    def test_next_run(self) -> None:
        """The next run recovers and ends; if nothing had happened yet, it may simply run."""
        for case, step in self.each():
            workspace = self.kill(case, step)
            interrupted, committed = self.files(workspace), workspace.interrupted()
            finished = workspace.run(*case.arguments, check=False)
            new = self.assert_whole(case, workspace, step)
            self.assert_nothing_left(workspace)
            if committed:
                self.assertTrue(new, step)
                self.assertIn(finished.returncode, (0, 2), finished.stderr.decode())
                self.assert_individually_whole(case, interrupted, self.files(workspace), step)
                self.assertRegex((finished.stdout + finished.stderr).decode(), "(?i)recover")

    def test_looking_changes_nothing(self) -> None:
        """`status` and `--dry-run` neither recover nor write."""
        for case, step in self.each():
            if not step.startswith(("staged", "committed", "renamed")):
                continue
            workspace = self.kill(case, step)
            before = workspace.tree(), workspace.journals()
            workspace.run("status", "--env", "prod", check=False)
            workspace.run(*case.arguments, "--dry-run", check=False)
            self.assert_same_tree(before[0], workspace.tree())
            self.assertEqual(before[1], workspace.journals())


class KilledAtEachCall(Interrupted):
    """SIGKILL of the release binary at every call that changes something: also between the steps."""

    def test_run(self) -> None:
        """A run."""
        for name in ("cutover", "rotation"):
            case = scenario(name)
            for call, occurrence in sample(each_call(self.count(case.workspace, *case.arguments)), 5):
                with self.subTest(run=name, call=call, occurrence=occurrence):
                    workspace = self.kill_at_call(case.workspace, call, occurrence, *case.arguments)
                    self.check_recovery(case, workspace, f"{call} {occurrence}")

    def test_recovery(self) -> None:
        """A recovery, forward or back, and then the other or the same way again."""
        for name in ("cutover", "rotation"):
            case = scenario(name)
            half = self.kill(case, "renamed-1")
            for first, second in itertools.product(((), ("--abort",)), repeat=2):
                for call, occurrence in sample(each_call(self.count(half, "recover", *first)), 2):
                    with self.subTest(run=name, call=call, occurrence=occurrence, first=first, second=second):
                        workspace = self.kill_at_call(half, call, occurrence, "recover", *first)
                        self.check_recovery(case, workspace, f"{call} {occurrence}", *second)

    def check_recovery(self, case: Scenario, workspace: Workspace, message: str, *options: str) -> None:
        """Asserts that recovery gives all old or all new."""
        interrupted = self.files(workspace)
        workspace.run("recover", *options)
        # The direction: an interrupted rollback is continued, whatever is requested then.
        if self.assert_whole(case, workspace, message):
            self.assert_individually_whole(case, interrupted, self.files(workspace), message)
        self.assert_nothing_left(workspace)
        workspace.remove()


class ChangedAfterTheKill(Interrupted):
    """A target that is neither old nor new stops the recovery."""

    def interrupted_steps(self, case: Scenario) -> list[str]:
        """The commit point, the first rename and the last one."""
        renamed = [step for step in case.steps if step.startswith("renamed-")]
        return ["committed", renamed[0], renamed[-1]]

    def assert_stops(self, workspace: Workspace, path: str, message: str) -> None:
        """Asserts that recovery names the file and overwrites nothing."""
        before = workspace.tree()
        for arguments in (("recover",), ("rotate", "--env", "prod")):
            finished = workspace.run(*arguments, check=False)
            self.assertIn(finished.returncode, (1, 2), message)
            self.assertIn(path, finished.stderr.decode(), message)
            self.assert_same_tree(before, workspace.tree(), message)
        finished = workspace.run("recover", "--abort", check=False)
        self.assertEqual(workspace.tree()[path], before[path], message)

    def test_by_hand(self) -> None:
        """A comment at the end of each target in turn."""
        for name in ("cutover", "rotation"):
            case = scenario(name)
            for step, path in sample(itertools.product(self.interrupted_steps(case), sorted(case.targets)), 4):
                with self.subTest(run=name, step=step, path=path):
                    workspace = self.kill(case, step)
                    with open(workspace.root / path, "ab") as target:
                        target.write(b"# by hand\n")
                    self.assert_stops(workspace, path, f"{step}, {path}")

    def test_by_git_checkout(self) -> None:
        """An earlier commit's kustomization."""
        case = scenario("cutover")
        for step in self.interrupted_steps(case):
            with self.subTest(step=step):
                workspace = self.clone(case)
                path = "k8s/kustomization.yml"
                earlier = workspace.git("rev-parse", "HEAD").strip()
                with open(workspace.root / path, "a", encoding="utf-8") as target:
                    target.write("# another commit\n")
                workspace.commit()
                stop = {"MOLTSEAL_TEST_STOP": f"{step}:KILL"}
                workspace.run(*case.arguments, flavour="debug", variables=stop, check=False)
                workspace.git("checkout", "-q", earlier, "--", path)
                self.assert_stops(workspace, path, step)

    def test_removed(self) -> None:
        """A target that is gone."""
        case = scenario("rotation")
        for step in self.interrupted_steps(case):
            with self.subTest(step=step):
                workspace = self.kill(case, step)
                path = "k8s/secrets/app-sealedsecret.yml"
                (workspace.root / path).unlink()
                before = workspace.tree()
                finished = workspace.run("recover", check=False)
                self.assertIn(finished.returncode, (1, 2))
                self.assert_same_tree(before, workspace.tree())


class ChangedDuringTheRun(Interrupted):
    """A file that changes between reading and writing."""

    def test_target_and_template(self) -> None:
        """The run is refused, and what somebody wrote in the meantime stays."""
        for name in ("cutover", "rotation"):
            case = scenario(name)
            for path in ("k8s/kustomization.yml", "templates/app-template.yml", "moltseal.yml", "prod.pem"):
                with self.subTest(run=name, path=path):
                    workspace = self.clone(case)
                    process = stop_at(workspace, "sealed", *case.arguments)
                    with open(workspace.root / path, "ab") as file:
                        file.write(b"# meanwhile\n")
                    meanwhile = workspace.tree()
                    os.kill(process.pid, signal.SIGCONT)
                    self.assertEqual(process.wait(PATIENCE), 1)
                    self.assertIn(path, (workspace.home / "output").read_text())
                    self.assert_same_tree(meanwhile, workspace.tree())
                    self.assert_nothing_left(workspace)

    def test_target_of_a_merge(self) -> None:
        """What an editor saves during a merge stays, and the merge is refused."""
        case = scenario("rotation")
        workspace = self.clone(case)
        (workspace.root / "secret.yml").write_text(
            "apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: demo}\nstringData: {more: x}\n"
        )
        target = "k8s/secrets/db-sealedsecret.yml"
        process = stop_at(workspace, "sealed", "merge", "--cert", "prod.pem", "-f", "secret.yml", target)
        with open(workspace.root / target, "ab") as file:
            file.write(b"# meanwhile\n")
        meanwhile = workspace.tree()
        os.kill(process.pid, signal.SIGCONT)
        self.assertEqual(process.wait(PATIENCE), 1)
        self.assertIn("was changed while moltseal was running", (workspace.home / "output").read_text())
        self.assert_same_tree(meanwhile, workspace.tree())
        self.assert_nothing_left(workspace)

    def test_new_target_appears(self) -> None:
        """A file appears at the path of a new one."""
        case = scenario("cutover")
        workspace = self.clone(case)
        process = stop_at(workspace, "sealed", *case.arguments)
        target = workspace.root / "k8s/secrets/app-sealedsecret.yml"
        target.parent.mkdir(exist_ok=True)
        target.write_text("# somebody's\n")
        meanwhile = only_files(workspace.tree())
        os.kill(process.pid, signal.SIGCONT)
        self.assertEqual(process.wait(PATIENCE), 1)
        self.assert_same_tree(meanwhile, only_files(workspace.tree()))


def stop_at(workspace: Workspace, step: str, *arguments: str) -> subprocess.Popen:
    """Starts the debug binary and waits until it has stopped itself at a step."""
    stop = {"MOLTSEAL_TEST_STOP": f"{step}:STOP"}
    process = workspace.start(*arguments, flavour="debug", variables=stop)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), (workspace.home / "output").read_text()
    return process


class TwoRunsAtOnce(Interrupted):
    """One of two is refused."""

    def test_second_is_refused(self) -> None:
        """While one run is under way, another is refused and changes nothing; the first goes on."""
        for step in ("sealed", "committed", "renamed-1"):
            with self.subTest(step=step):
                case = scenario("rotation")
                workspace = self.clone(case)
                first = stop_at(workspace, step, *case.arguments)
                before = workspace.tree(), workspace.journals()
                for arguments in (case.arguments, ("recover",), ("recover", "--abort"), ("apply", "--env", "prod")):
                    finished = workspace.run(*arguments, check=False)
                    self.assertEqual(finished.returncode, 1, (arguments, finished.stderr.decode()))
                    self.assert_same_tree(before[0], workspace.tree())
                    self.assertEqual(before[1], workspace.journals())
                os.kill(first.pid, signal.SIGCONT)
                self.assertEqual(first.wait(PATIENCE), 0)
                self.assertTrue(self.assert_whole(case, workspace, step))
                self.assert_nothing_left(workspace)

    def test_race(self) -> None:
        """Two runs started together: one ends well, the other is refused, and the files are of one rotation."""
        case = scenario("rotation")
        for attempt in range(10):
            workspace = self.clone(case)
            results: list[int] = []
            runs = [
                threading.Thread(target=lambda: results.append(workspace.run(*case.arguments, check=False).returncode))
                for _ in range(2)
            ]
            for run in runs:
                run.start()
            for run in runs:
                run.join()
            self.assertEqual(sorted(results), [0, 1], f"attempt {attempt}")
            self.assertTrue(self.assert_whole(case, workspace, f"attempt {attempt}"))
            self.assert_nothing_left(workspace)


class DiskFaults(Interrupted):
    """ENOSPC and EIO from each write, fsync, rename and unlink of the release binary."""

    def setUp(self) -> None:
        # strace reads the paths of descriptors in /proc, where those of a process that forbids it belong to root, also
        # in a namespace; scripts/campaign does without them.
        need_root()

    def files_written(self, workspace: Workspace, *arguments: str) -> list[str]:
        """The files that a run writes; pipes and event descriptors are excluded, because they have no disk."""
        prefix, trace = self.strace(workspace, "-y")
        workspace.run(*arguments, prefix=prefix)
        base = re.escape(str(workspace.base))
        return sorted(set(re.findall(rf"(?m)^\d+ +\w*write\w*\(\d+<({base}/[^>]+)>", trace.read_text())))

    def faults(self, case: Scenario, trial: Workspace) -> Iterator[tuple[str, str, str, list[str]]]:
        """Every call, error and occurrence, once and from then on, with the options that limit it to files."""
        trial.become(case.workspace)
        paths = [option for path in self.files_written(trial, *case.arguments) for option in ("-P", path)]
        self.assertTrue(paths)
        for call, errors in INJECTED.items():
            options = paths if "write" in call else []
            trial.become(case.workspace)
            prefix, trace = self.strace(trial, *options)
            trial.run(*case.arguments, prefix=prefix)
            made = Counter(re.findall(rf"(?m)^(\d+) +{call}\(", trace.read_text()))
            for error, occurrence in itertools.product(errors, range(1, max(made.values(), default=0) + 1)):
                yield call, error, str(occurrence), options
                if error == "ENOSPC":
                    yield call, error, f"{occurrence}+", options

    def inject(
        self, case: Scenario, workspace: Workspace, call: str, error: str, when: str, options: list[str]
    ) -> None:
        """One run with an error in one call, and what must be true afterwards."""
        workspace.become(case.workspace)
        prefix, trace = self.strace(workspace, *options, "-e", f"inject={call}:error={error}:when={when}")
        finished = workspace.run(*case.arguments, prefix=prefix, check=False)
        message = f"{error} at {call} {when}, exit {finished.returncode}: {finished.stderr.decode()}"
        self.assertIn("(INJECTED)", trace.read_text(), f"not reached: {message}")
        self.assertIn(finished.returncode, (0, 1, 2), message)

        interrupted, committed = self.files(workspace), workspace.interrupted()
        if finished.returncode == 0:
            self.assertTrue(self.assert_whole(case, workspace, message), message)
        elif finished.returncode == 1:
            self.assert_same_tree(case.old, interrupted, message)
            self.assertFalse(committed, message)
        else:
            self.assertTrue(committed, message)

        workspace.run("recover")
        self.assertEqual(self.assert_whole(case, workspace, message), committed or finished.returncode == 0, message)
        self.assert_individually_whole(case, interrupted, self.files(workspace), message)
        self.assert_nothing_left(workspace)

    def run_all(self, name: str) -> None:
        """Every fault in one scenario."""
        case = scenario(name)
        trial = self.clone(case)
        reached = set()
        for call, error, when, options in self.faults(case, trial):
            reached.add(re.sub(r"at2?$", "", call))
            with self.subTest(run=name, call=call, error=error, occurrence=when):
                self.inject(case, trial, call, error, when, options)
        self.assertLessEqual({"write", "fsync", "rename", "unlink"}, reached)

    def test_cutover(self) -> None:
        """New files and an edited one."""
        self.run_all("cutover")

    def test_rotation(self) -> None:
        """Edited files alone."""
        self.run_all("rotation")


if __name__ == "__main__":
    unittest.main()
