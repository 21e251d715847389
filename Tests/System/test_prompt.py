"""The prompt for a supplied value: nothing that is typed is echoed, and the terminal comes back as it was."""

import os
import pty
import select
import signal
import termios
import time
import unittest

from workspace import TestCase, Workspace, binary

TOKEN = b"prompted-token-8c1f"


class Prompt(TestCase):
    """`rotate --only` of a supplied credential on a terminal."""

    def session(self, typed: bytes) -> tuple[bytes, int, bool, Workspace]:
        """Types at the prompt; gives the screen, the wait status, whether echo is on afterwards, and the workspace."""
        workspace = Workspace.small()
        self.addCleanup(workspace.remove)
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(workspace.root)
            os.environ.pop("CI", None)
            os.execv(binary(), ["moltseal", "rotate", "--env", "prod", "--only", "api-token", "--dry-run"])
        screen, sent, end = b"", False, time.monotonic() + 20
        echo = False
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    screen += os.read(terminal, 4096)
                except OSError:
                    break
            if b"value of api-token" in screen and not sent:
                # The prompt is written after the echo is off.
                os.write(terminal, typed)
                sent = True
            if sent:
                echo = bool(termios.tcgetattr(terminal)[3] & termios.ECHO) or echo
        _, status = os.waitpid(process, 0)
        os.close(terminal)
        return screen, status, echo, workspace

    def test_no_echo(self) -> None:
        """The typed value is taken and never shown."""
        screen, status, echo, _ = self.session(TOKEN + b"\n")
        self.assertNotIn(TOKEN, screen)
        self.assertIn(b"value of api-token", screen)
        self.assertTrue(echo, "the terminal was left without echo")

    def test_interrupt(self) -> None:
        """Ctrl-C ends the command by its signal and leaves the echo on."""
        _, status, echo, workspace = self.session(b"\x03")
        self.assertTrue(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status)
        self.assertTrue(echo, "the terminal was left without echo")


if __name__ == "__main__":
    unittest.main()
