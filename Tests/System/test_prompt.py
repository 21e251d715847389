"""The prompt for a supplied value: nothing that is typed is echoed, and the terminal comes back as it was."""

import os
import pty
import select
import signal
import subprocess
import tempfile
import termios
import time
import unittest
from pathlib import Path

from workspace import TestCase, Workspace, binary

TOKEN = b"prompted-token-8c1f"
ROTATE = ("rotate", "--env", "prod", "--only", "api-token", "--dry-run")


class Prompt(TestCase):
    """`rotate --only` of a supplied credential on a terminal."""

    def session(
        self, typed: bytes, arguments: tuple[str, ...] = ROTATE, question: bytes = b"value of api-token"
    ) -> tuple[bytes, int, bool, Workspace]:
        """Types at the prompt; gives the screen, the wait status, whether echo is on afterwards, and the workspace."""
        workspace = Workspace.small()
        self.addCleanup(workspace.remove)
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(workspace.root)
            os.environ.pop("CI", None)
            os.execv(binary(), ["moltseal", *arguments])
        screen, sent, end = b"", False, time.monotonic() + 20
        echo = False
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    screen += os.read(terminal, 4096)
                except OSError:
                    break
            if question in screen and not sent:
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

    def test_passphrase(self) -> None:
        """The passphrase of an encrypted private key opens it, and is never shown; another one does not."""
        folder = Path(self.enterContext(tempfile.TemporaryDirectory()))

        def openssl(*arguments: str) -> None:
            subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=p", "-keyout", "plain.key", "-out", "p.pem")
        openssl("pkey", "-in", "plain.key", "-aes256", "-passout", f"pass:{TOKEN.decode()}", "-out", "p.key")
        secret = b'{"metadata": {"name": "s", "namespace": "ns"}, "stringData": {"a": "opened"}}'
        with open(folder / "s.json", "wb") as sealed:
            subprocess.run([binary(), "seal", "--cert", folder / "p.pem"], input=secret, stdout=sealed, check=True)
        unseal = ("unseal", "--private-key", f"{folder}/p.key", "--key", "a", f"{folder}/s.json")
        screen, status, echo, _ = self.session(TOKEN + b"\n", unseal, b"passphrase of")
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, screen)
        self.assertIn(b"opened", screen)
        self.assertNotIn(TOKEN, screen)
        screen, status, echo, _ = self.session(b"another\n", unseal, b"passphrase of")
        self.assertEqual(os.waitstatus_to_exitcode(status), 1, screen)
        self.assertIn(b"is not opened by that passphrase", screen)

    def test_interrupt(self) -> None:
        """Ctrl-C ends the command by its signal and leaves the echo on."""
        _, status, echo, workspace = self.session(b"\x03")
        self.assertTrue(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status)
        self.assertTrue(echo, "the terminal was left without echo")


if __name__ == "__main__":
    unittest.main()
