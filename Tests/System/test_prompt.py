"""The prompt for a supplied value: nothing that is typed is echoed, and the terminal is restored."""

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

from workspace import TestCase, Workspace, binary, wait_for

TOKEN = b"prompted-token-8c1f"
PATIENCE = 20
ROTATE = ("rotate", "--env", "prod", "--only", "api-token", "--dry-run")


def as_a_shell_starts_it() -> None:
    """No signal is ignored, as it would be under nohup or in the background of a script."""
    for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


def wait(process: int) -> int:
    """The wait status of a process, which is killed if it does not end."""

    def ended() -> tuple[int, int] | None:
        which, status = os.waitpid(process, os.WNOHANG)
        return (which, status) if which else None

    try:
        return wait_for(ended, "the end of the command", PATIENCE)[1]
    except AssertionError:
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        raise


class Prompt(TestCase):
    """`rotate --only` of a supplied credential on a terminal."""

    def session(
        self,
        typed: bytes | signal.Signals,
        arguments: tuple[str, ...] = ROTATE,
        question: bytes = b"value of api-token",
        workspace: Workspace | None = None,
    ) -> tuple[bytes, int, bool, Workspace]:
        """Types at the prompt, or sends a signal; gives the screen, the wait status, whether echo is on afterwards, and
        the workspace."""
        workspace = workspace or self.keep(Workspace.small())
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(workspace.root)
            os.environ.pop("CI", None)
            as_a_shell_starts_it()
            os.execv(binary(), ["moltseal", *arguments])
        screen, sent, end = b"", False, time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    screen += os.read(terminal, 4096)
                except OSError:
                    break
            if question in screen and not sent:
                # The prompt is written after the echo is off.
                if isinstance(typed, signal.Signals):
                    os.kill(process, typed)
                for start in range(0, 0 if isinstance(typed, signal.Signals) else len(typed), 1024):
                    os.write(terminal, typed[start : start + 1024])
                    time.sleep(0.01)
                sent = True
        status = wait(process)
        echo = bool(termios.tcgetattr(terminal)[3] & termios.ECHO)
        os.close(terminal)
        return screen, status, echo, workspace

    def test_no_echo(self) -> None:
        """The typed value is taken and never shown."""
        screen, status, echo, _ = self.session(TOKEN + b"\n")
        self.assertNotIn(TOKEN, screen)
        self.assertIn(b"value of api-token", screen)
        self.assertTrue(echo, "the terminal was left without echo")

    def test_passphrase(self) -> None:
        """The passphrase of an encrypted private key opens it, and is never shown; a wrong one does not."""
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
        # A terminal breaks the line wherever the path of the temporary folder makes it too long.
        self.assertIn(b"cannot be decrypted with that passphrase", b" ".join(screen.split()))

    def test_interrupt(self) -> None:
        """Ctrl-C ends the command by its signal and leaves the echo on."""
        _, status, echo, workspace = self.session(b"\x03")
        self.assertTrue(os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGINT, status)
        self.assertTrue(echo, "the terminal was left without echo")

    def test_every_signal(self) -> None:
        """Every signal that can end the command does so at the prompt, and the echo is on."""
        for number in ("HUP", "INT", "QUIT", "ALRM", "TERM", "USR1", "USR2", "VTALRM", "PROF", "XCPU", "SYS"):
            with self.subTest(number):
                wanted = signal.Signals["SIG" + number]
                screen, status, echo, workspace = self.session(wanted)
                self.assertTrue(os.WIFSIGNALED(status) and os.WTERMSIG(status) == wanted, (status, screen))
                self.assertTrue(echo, "the terminal was left without echo")
                workspace.remove()

    def test_long_line(self) -> None:
        """A line of 5,000 characters is accepted whole; one that is too long is refused, never cut off."""
        workspace = self.keep(Workspace.small())
        workspace.run("rotate", "--env", "prod")
        workspace.commit()
        value = b"".join(b"%04d-" % number for number in range(1000))
        rotate = ("rotate", "--env", "prod", "--only", "api-token")
        screen, status, _, _ = self.session(value + b"\n", rotate, workspace=workspace)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, screen)
        self.assertEqual(workspace.values()["app", "API_TOKEN"], value)
        workspace.commit()
        screen, status, _, _ = self.session(b"x" * 70_000 + b"\n", rotate, workspace=workspace)
        self.assertEqual(os.waitstatus_to_exitcode(status), 1, screen)
        self.assertIn(b"takes one line of at most 65536 characters", screen)

    def test_hangup(self) -> None:
        """If the terminal disappears before Enter, what was typed so far is not sealed."""
        workspace = self.keep(Workspace.small())
        workspace.run("rotate", "--env", "prod")
        workspace.commit()
        before = workspace.tree()
        process, terminal = pty.fork()
        if process == 0:
            os.chdir(workspace.root)
            os.environ.pop("CI", None)
            # The hangup is then not a signal, but the end of the input.
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.execv(binary(), ["moltseal", "rotate", "--env", "prod", "--only", "api-token"])
        screen = b""
        while b"value of api-token" not in screen:
            screen += os.read(terminal, 4096)
        os.write(terminal, b"half-a-value")
        time.sleep(0.2)
        os.close(terminal)
        status = wait(process)
        self.assertEqual(os.waitstatus_to_exitcode(status), 1, screen)
        self.assert_same_tree(before, workspace.tree())

    def test_editing(self) -> None:
        """Backspace removes a character of several bytes, and ^U the line."""
        workspace = self.keep(Workspace.small())
        workspace.run("rotate", "--env", "prod")
        workspace.commit()
        typed = b"wrong\x15right-t\xc3\xb6\x7f\x7f" + TOKEN + b"\n"
        screen, status, _, _ = self.session(typed, ("rotate", "--env", "prod", "--only", "api-token"), workspace=workspace)
        self.assertEqual(os.waitstatus_to_exitcode(status), 0, screen)
        self.assertEqual(workspace.values()["app", "API_TOKEN"], b"right-" + TOKEN)


if __name__ == "__main__":
    unittest.main()
