"""What the commands show on a terminal: the same words as off it, no line longer than it is wide, commands unbroken."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unittest

from workspace import TestCase, Workspace, binary

COLUMNS = 60
COLOUR = re.compile(rb"\x1b\[[0-9;]*m")


def on_terminal(workspace: Workspace, *arguments: str) -> str:
    """What a command shows on a terminal of 60 columns, without colours."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, COLUMNS, 0, 0))
    with subprocess.Popen(
        [binary(), *arguments], cwd=workspace.root, env=workspace.environment(), stdin=subprocess.DEVNULL,
        stdout=follower, stderr=follower,
    ) as process:  # fmt: skip
        os.close(follower)
        shown = b""
        while True:
            try:
                some = os.read(leader, 1 << 16)
            except OSError:
                break
            if not some:
                break
            shown += some
        process.wait()
    os.close(leader)
    return COLOUR.sub(b"", shown).decode().replace("\r", "")


class Screens(TestCase):
    """A terminal breaks lines, and nothing else changes."""

    def setUp(self) -> None:
        self.workspace = self.keep(Workspace.small())

    def words(self, text: str) -> list[str]:
        """The words in their order: what breaking lines does not change."""
        return text.split()

    def check(self, *arguments: str) -> None:
        """Asserts that a terminal shows the same words, in lines that fit."""
        plain = self.workspace.run(*arguments, check=False)
        shown = on_terminal(self.workspace, *arguments)
        self.assertEqual(self.words(shown), self.words((plain.stdout + plain.stderr).decode()))
        for line in shown.splitlines():
            if len(line) > COLUMNS:
                # A command that can be copied, or one word.
                self.assertRegex(line, r"(^|: | )(moltseal|git) \S+ |^\s*\S+$|^\S+: \S+$", line)

    def test_rotate(self) -> None:
        """A dry run, the cutover, and a step that is refused."""
        self.check("rotate", "--env", "prod", "--dry-run")
        self.workspace.run("rotate", "--env", "prod")
        self.workspace.commit()
        self.check("status")
        self.check("status", "--verbose")
        self.check("check")
        self.check("rotate", "--env", "prod", "--only", "nobody")
        self.check("rotate", "--env", "prod", "--dry-run", "--all")

    def test_commands(self) -> None:
        """A command in a hint stays on one line."""
        path = self.workspace.root / "moltseal.yml"
        path.write_text(path.read_text().replace("deployed: false", "deployed: true"))
        self.workspace.commit()
        shown = on_terminal(self.workspace, "rotate", "--env", "prod")
        self.assertRegex(shown, r"(?m)(^|: |^  )moltseal adopt --env prod --live$")


if __name__ == "__main__":
    unittest.main()
