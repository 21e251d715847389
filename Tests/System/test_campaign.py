"""A fixed sample of the two programs that interrupt every command: `scripts/campaign` and `scripts/power-loss`.

The programs themselves, without --sample, try everything, which takes some minutes.
"""

from __future__ import annotations

import re
import subprocess
import sys
import unittest

from workspace import IS_LONG, REPOSITORY

PATIENCE = 600
#: How many interruptions of each scenario, and states of the disk.
KILLS, STATES = (2, 25) if IS_LONG else (1, 6)


class Interruptions(unittest.TestCase):
    """Both programs find nothing, and the second one notices what it must notice."""

    def run_program(self, name: str, *options: str) -> str:
        """What a program prints; it must succeed."""
        command = [sys.executable, REPOSITORY / "scripts" / name, *options]
        finished = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)
        self.assertEqual(finished.returncode, 0, finished.stdout + finished.stderr)
        return finished.stdout

    def assert_passed(self, printed: str) -> None:
        """Asserts that something was tried, and that nothing failed."""
        self.assertRegex(printed, r"(?m)^[1-9]\d* passed, 0 failed$")

    def test_campaign(self) -> None:
        """Kills and faults in every scenario."""
        printed = self.run_program("campaign", "--sample", str(KILLS))
        self.assert_passed(printed)
        for name in self.run_program("campaign", "--list").split():
            self.assertRegex(printed, rf"(?m)^{name}: (\d+ kills, \d+ faults|skipped)")

    def test_power_loss(self) -> None:
        """States of a disk that lost its power."""
        printed = self.run_program("power-loss", "--sample", str(STATES))
        self.assert_passed(printed)
        for name in self.run_program("power-loss", "--list").split():
            self.assertRegex(printed, rf"(?m)^{name}: \d+ prefixes, {STATES} states,")

    def test_positive_control(self) -> None:
        """Without the syncs of folders, files are torn and something is left."""
        printed = self.run_program("power-loss", "--control", "--sample", "25", "--scenario", "rotate-all", "reseal")
        self.assert_passed(printed)
        torn, left = re.search(r"(?m)^positive control: (\d+) torn, (\d+) leftovers", printed).groups()
        self.assertGreater(int(torn) + int(left), 0)


if __name__ == "__main__":
    unittest.main()
