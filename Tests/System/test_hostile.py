#!/usr/bin/env python3
"""Hostile repositories: every folder of Tests/Hostile, as root and as nobody. `hostile.py` says how they are written.

Names of cases on the command line run these alone: `Tests/System/test_hostile.py journal-link`.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

import hostile
from workspace import sample

#: How many cases are tried of each user, unless everything is.
SAMPLE = {"root": 8, "nobody": 24}

WORKERS = max(2, len(os.sched_getaffinity(0)))
SHOWN = 20


def users() -> list[str]:
    """Whom to run the cases as."""
    return ["root", "nobody"] if os.geteuid() == 0 else ["nobody"]


def run_all(user: str, paths: list[Path], bases: hostile.Bases) -> list[tuple[str, list[hostile.Failure], float]]:
    """Runs cases, each in a new process, so that its memory does not count for the next one."""
    with multiprocessing.get_context("fork").Pool(WORKERS, maxtasksperchild=1) as pool:
        return pool.starmap(hostile.run_case, [(path, bases, user) for path in paths], chunksize=1)


class Hostile(unittest.TestCase):
    """What a repository of somebody else must not be able to do."""

    names: list[str] = []
    times = False

    @classmethod
    def setUpClass(cls) -> None:
        """Makes the repositories that the cases begin with."""
        folder = tempfile.mkdtemp(prefix="moltseal-hostile-")
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        cls.bases = hostile.Bases(Path(folder))
        cls.paths = sorted(path.parent for path in hostile.CASES.glob("*/case.yml"))
        if cls.names:
            cls.paths = [path for path in cls.paths if any(name in path.name for name in cls.names)]

    def check(self, user: str) -> None:
        """Runs every case as one user."""
        self.assertTrue(self.paths, "no cases")
        paths = self.paths if self.names else sample(self.paths, SAMPLE[user])
        for name, failures, seconds in run_all(user, paths, self.bases):
            if self.times:
                print(f"{'FAIL' if failures else 'ok  '} {name} as {user} ({seconds:.1f} s)")
            with self.subTest(name, user=user):
                if failures:
                    more = [f"and {len(failures) - SHOWN} more"] if len(failures) > SHOWN else []
                    self.fail("\n  ".join(["", *map(str, failures[:SHOWN]), *more]))

    @unittest.skipUnless("root" in users(), "not root")
    def test_root(self) -> None:
        """Every case as root."""
        self.check("root")

    def test_nobody(self) -> None:
        """Every case as a user without privileges."""
        self.check("nobody")


if __name__ == "__main__":
    Hostile.names = [word for word in sys.argv[1:] if not word.startswith("-")]
    Hostile.times = True
    unittest.main(argv=[sys.argv[0]])
