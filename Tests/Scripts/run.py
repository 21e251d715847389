#!/usr/bin/env python3
"""Runs the scenarios in *.txtar: each is a script, followed by its initial files (`-- name --` and the text).

A script runs in a folder with only its files, with its own home, a git identity, and neither CI nor any
MOLTSEAL_ variable set. There is one command per line; `#` begins a comment line; '…' quotes (a doubled '' is a quote);
$NAME and ${NAME} outside quotes are variables: WORK (the folder), OUTSIDE (an empty folder next to it), MOLTSEAL (the
binary), those of `env`, and the named groups of patterns. `!` before a command negates its expectation.

    moltseal ARGS, debug ARGS   run the release or the debug binary; it must exit 0 (with !: not 0)
    exec COMMAND                run any command; it must exit 0 (with !: not 0)
    status N                    the exit status of the last command
    stdin FILE                  standard input of the next command
    stdout RE, stderr RE        the output of the last command matches
    cmp A B                     equal bytes; a name here and below may be `stdout`, `stderr` or `output` (both)
    cp A B, exists FILE, grep RE FILE
    env NAME=VALUE…, unset NAME…
    workspace, moltbook         copy Tests/System/small, or this repository's deployment, without replacing a file
    keypair NAME [BITS|ec] [from=DAYS] [until=DAYS]
                                make NAME.key and NAME.pem; the variable NAME_fingerprint
    git-init, git-commit        commit everything
    evidence FILE LOCK [FACT=no|unknown…] [minutes=AGE] [environment=NAME]
                                the output of `live` for a cluster where everything else has arrived
    unprivileged                as root: give the folder to nobody and run what follows as nobody
    snapshot, unchanged         record every byte of the folder except .git; assert that none has changed
    changed PATH…               exactly these files differ from the snapshot
    reencrypt KEY FILE [ITEM…]  seal all items again, or only these, as the real kubeseal's --re-encrypt does
    opens KEY FILE              the oracle opens every item
    item KEY FILE SECRET ITEM [RE]
                                the oracle opens the item and its value matches (with ! and no RE: there is none)
    same A B                    two ciphertexts, FILE:SECRET:ITEM, are byte for byte equal
    items A B [ITEM…]           exactly these items have another ciphertext in B than in A, or only one of the two

After a script the oracle opens every *-sealedsecret.yml in the folder with the *.key files there, and no unfinished run
may be left. The comment `# no-oracle` switches off the first check, `# interrupted` the second.

The last line is `N passed, N failed`; the exit status is 1 if one failed.
"""

from __future__ import annotations

import argparse
import concurrent.futures
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Callable

SCRIPTS = Path(__file__).resolve().parent
sys.path.insert(0, str(SCRIPTS.parent / "System"))

# pylint: disable=wrong-import-position
import yaml  # noqa: E402

import evidence  # noqa: E402
import oracle  # noqa: E402
import workspace  # noqa: E402

NOBODY = 65534
WORKERS = 2
SHOWN = 3000
TOKEN = re.compile(r"'((?:[^']|'')*)'|\$(\w+)|\$\{(\w+)\}|([^\s'$]+|\$)|(\s+)")


class Failure(Exception):
    """A failed expectation of a script."""


def parse(path: Path) -> tuple[list[str], dict[str, bytes]]:
    """The script's lines and the files of a txtar archive."""
    script: list[bytes] = []
    files: dict[str, bytes] = {}
    current = script
    sections: dict[str, list[bytes]] = {}
    for line in path.read_bytes().splitlines(keepends=True):
        marker = re.fullmatch(rb"-- (.+) --\s*", line)
        if marker:
            current = sections.setdefault(marker[1].strip().decode(), [])
        else:
            current.append(line)
    files.update((name, b"".join(lines)) for name, lines in sections.items())
    return b"".join(script).decode().splitlines(), files


def split(line: str, variables: dict[str, str]) -> list[str]:
    """The words of a script line, without quotes and with variables replaced."""
    words: list[str] = []
    open_word, position = False, 0
    while position < len(line):
        found = TOKEN.match(line, position)
        if not found:
            raise Failure("an unclosed quote")
        position = found.end()
        quoted, short, braced, plain, space = found.groups()
        if space is not None:
            open_word = False
            continue
        if quoted is not None:
            text = quoted.replace("''", "'")
        elif plain is not None:
            text = plain
        else:
            name = short or braced
            if name not in variables:
                raise Failure(f"no variable {name}")
            text = variables[name]
        if open_word:
            words[-1] += text
        else:
            words.append(text)
        open_word = True
    return words


class Script:
    """One scenario under way."""

    def __init__(self, path: Path, base: Path) -> None:
        self.path = path
        self.work, self.home, self.outside = (base / name for name in ("work", "home", "outside"))
        self.lines, self.files = parse(path)
        self.variables: dict[str, str] = {"WORK": str(self.work), "OUTSIDE": str(self.outside)}
        self.environment: dict[str, str] = {}
        self.prefix: list[str] = []
        self.stdin = b""
        self.outputs: dict[str, bytes] = {"stdout": b"", "stderr": b""}
        self.returncode: int | None = None
        self.remembered: workspace.Tree | None = None

    # -- Running

    def run(self) -> str | None:
        """Runs the script; the message of its failure, or None."""
        for folder in (self.work, self.home, self.outside):
            folder.mkdir(parents=True)
        for name, content in self.files.items():
            target = self.work / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
        number = 0
        try:
            self.variables["MOLTSEAL"] = str(workspace.binary())
            for number, line in enumerate(self.lines, 1):
                if line.strip() and not line.lstrip().startswith("#"):
                    self.step(split(line, self.variables))
            if "# no-oracle" not in self.lines:
                self.open_everything()
            if "# interrupted" not in self.lines:
                self.check_leftovers()
        except (Failure, OSError, subprocess.TimeoutExpired, oracle.OracleError, workspace.Missing) as error:
            return f"{self.path.name}:{number}: {error}{self.last_output()}"
        except Exception as error:  # pylint: disable=broad-except
            return f"{self.path.name}:{number}: {type(error).__name__}: {error}{self.last_output()}"
        return None

    def step(self, words: list[str]) -> None:
        """Runs one line."""
        negated = words[0] == "!"
        name, arguments = words[1 if negated else 0], words[2 if negated else 1 :]
        verb: Callable | None = getattr(self, "do_" + name.replace("-", "_"), None)
        if verb is None:
            raise Failure(f"no command {name}")
        if negated:
            if name not in self.NEGATABLE:
                raise Failure(f"! does not go with {name}")
            verb(*arguments, negated=True)
        else:
            verb(*arguments)

    def last_output(self) -> str:
        """The output of the last command, for a message."""
        shown = ""
        for name, content in self.outputs.items():
            if content:
                text = content[:SHOWN].decode(errors="replace").rstrip("\n").replace("\n", "\n      ")
                shown += f"\n    [{name}]\n      {text}"
        return shown + ("" if self.returncode is None else f"\n    [exit {self.returncode}]")

    def open_everything(self) -> None:
        """Opens every remaining sealed file with the keys in the folder."""
        sealed = sorted(self.work.rglob("*-sealedsecret.yml"))
        keys = sorted(path for path in self.work.rglob("*.key") if b"PRIVATE KEY" in path.read_bytes())
        rsa_keys = [path for path in keys if hasattr(oracle.load_key(path), "decrypt")]
        for path in sealed:
            if not rsa_keys:
                raise Failure(f"{path.name} is left, and no key to open it with (# no-oracle?)")
            oracle.open_file(path, rsa_keys)

    def check_leftovers(self) -> None:
        """Fails when a run left a journal or a staged file."""
        left = workspace.left_behind(self.work)
        if left:
            raise Failure(f"left behind: {', '.join(str(path) for path in left)}")

    # -- Helpers

    def read(self, name: str) -> bytes:
        """A file's bytes, or the output of the last command."""
        if name == "output":
            return self.outputs["stdout"] + self.outputs["stderr"]
        return self.outputs[name] if name in self.outputs else (self.work / name).read_bytes()

    def start(self, command: list[str], negated: bool) -> None:
        """Runs a command and checks whether it succeeded."""
        stdin, self.stdin = self.stdin, b""
        finished = workspace.run_to_end(
            [*self.prefix, *command], self.work, workspace.environment(self.home, self.environment), stdin
        )
        self.outputs = {"stdout": finished.stdout, "stderr": finished.stderr}
        self.returncode = finished.returncode if finished.returncode >= 0 else 128 - finished.returncode
        if (self.returncode == 0) == negated:
            raise Failure(f"{Path(command[0]).name}: exit {self.returncode}")

    def match(self, pattern: str, name: str, negated: bool) -> None:
        """Checks a pattern against a file or an output."""
        found = re.search(pattern, self.read(name).decode(errors="replace"), re.MULTILINE)
        if bool(found) == negated:
            raise Failure(f"{name} {'matches' if negated else 'does not match'} {pattern!r}")
        if found:
            self.variables.update(found.groupdict())

    def ciphertext(self, place: str) -> str:
        """The ciphertext at FILE:SECRET:ITEM."""
        name, secret, item = place.rsplit(":", 2)
        try:
            return oracle.ciphertexts(self.work / name)[secret][item]
        except KeyError as error:
            raise Failure(f"{place}: there is no {error}") from error

    # -- Commands

    NEGATABLE = {"moltseal", "debug", "exec", "stdout", "stderr", "cmp", "exists", "grep", "item", "same"}

    def do_moltseal(self, *arguments: str, negated: bool = False) -> None:
        self.start([str(workspace.binary()), *arguments], negated)

    def do_debug(self, *arguments: str, negated: bool = False) -> None:
        self.start([str(workspace.binary("debug")), *arguments], negated)

    def do_exec(self, *arguments: str, negated: bool = False) -> None:
        self.start(list(arguments), negated)

    def do_status(self, expected: str) -> None:
        if self.returncode != int(expected):
            raise Failure(f"exit {self.returncode}, not {expected}")

    def do_stdin(self, name: str) -> None:
        self.stdin = self.read(name)

    def do_stdout(self, pattern: str, negated: bool = False) -> None:
        self.match(pattern, "stdout", negated)

    def do_stderr(self, pattern: str, negated: bool = False) -> None:
        self.match(pattern, "stderr", negated)

    def do_grep(self, pattern: str, name: str, negated: bool = False) -> None:
        self.match(pattern, name, negated)

    def do_cmp(self, first: str, second: str, negated: bool = False) -> None:
        if (self.read(first) == self.read(second)) == negated:
            raise Failure(f"{first} and {second} are {'equal' if negated else 'not equal'}")

    def do_cp(self, source: str, target: str) -> None:
        (self.work / target).write_bytes(self.read(source))

    def do_exists(self, name: str, negated: bool = False) -> None:
        if (self.work / name).exists() == negated:
            raise Failure(f"{name} {'exists' if negated else 'does not exist'}")

    def do_env(self, *settings: str) -> None:
        for setting in settings:
            name, _, value = setting.partition("=")
            self.environment[name] = self.variables[name] = value

    def do_unset(self, *names: str) -> None:
        for name in names:
            self.environment.pop(name, None)

    def do_workspace(self) -> None:
        workspace.copy_small(self.work)

    def do_moltbook(self) -> None:
        workspace.copy_moltbook(self.work)

    def do_keypair(self, name: str, *options: str) -> None:
        bits, elliptic, dates = 2048, False, {}
        for option in options:
            key, equals, value = option.partition("=")
            if equals:
                edge = {"from": "not_before", "until": "not_after"}[key]
                dates[edge] = oracle.now() + datetime.timedelta(days=float(value))
            elif option == "ec":
                elliptic = True
            else:
                bits = int(option)
        made = oracle.make_keypair(self.work / name, bits, elliptic=elliptic, **dates)
        self.variables[f"{name}_fingerprint"] = made.fingerprint

    def do_evidence(self, name: str, lock: str, *answers: str) -> None:
        said = dict(answer.split("=") for answer in answers)
        taken = oracle.now() - datetime.timedelta(minutes=float(said.pop("minutes", 0)))
        made = evidence.of(self.read(lock), taken=taken, **said)
        (self.work / name).write_text(json.dumps(made, indent=2))

    def do_git_init(self) -> None:
        self.start(["git", "init", "-q", "-b", "main"], False)
        self.do_git_commit()

    def do_git_commit(self) -> None:
        self.start(["git", "add", "-A"], False)
        self.start(["git", "commit", "-q", "--allow-empty", "-m", "state"], False)

    def do_unprivileged(self) -> None:
        if os.geteuid() != 0:
            return
        for folder in (self.work, self.home, self.outside):
            for path in [folder, *folder.rglob("*")]:
                os.chown(path, NOBODY, NOBODY, follow_symlinks=False)
        self.prefix = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]

    def do_snapshot(self) -> None:
        self.remembered = workspace.tree(self.work)

    def differences(self) -> list[str]:
        """The paths that differ from the snapshot."""
        if self.remembered is None:
            raise Failure("no snapshot")
        return workspace.differences(self.remembered, workspace.tree(self.work))

    def do_unchanged(self) -> None:
        different = self.differences()
        if different:
            raise Failure(f"changed: {', '.join(different)}")

    def do_changed(self, *names: str) -> None:
        different = [name for name in self.differences() if not (self.work / name).is_dir()]
        if different != sorted(names):
            raise Failure(f"changed: {', '.join(different) or 'nothing'}")

    def do_reencrypt(self, key: str, name: str, *items: str) -> None:
        content = yaml.safe_load(self.read(name))
        public = oracle.load_key(self.work / key).public_key()
        for item, value in oracle.open_file(self.work / name, self.work / key)[0]["data"].items():
            if not items or item in items:
                content["spec"]["encryptedData"][item] = oracle.seal(value, oracle.label(content["metadata"]), public)
        (self.work / name).write_text(yaml.safe_dump(content, sort_keys=False, width=10**6))

    def do_opens(self, key: str, name: str) -> None:
        if not any(secret["data"] for secret in oracle.open_file(self.work / name, self.work / key)):
            raise Failure(f"{name} has no items")

    def do_item(self, key: str, name: str, secret: str, item: str, pattern: str = "", negated: bool = False) -> None:
        secrets = {found["name"]: found["data"] for found in oracle.open_file(self.work / name, self.work / key)}
        value = secrets.get(secret, {}).get(item)
        if value is None:
            if negated and not pattern:
                return
            raise Failure(f"{name}: {secret} has no item {item}")
        if negated and not pattern:
            raise Failure(f"{name}: {secret} has an item {item}")
        found = re.search(pattern, value.decode(errors="surrogateescape"))
        if bool(found) == negated:
            raise Failure(f"{secret}, {item} {'matches' if negated else 'does not match'} {pattern!r}: {value!r}")
        if found:
            self.variables.update(found.groupdict())

    def do_same(self, first: str, second: str, negated: bool = False) -> None:
        if (self.ciphertext(first) == self.ciphertext(second)) == negated:
            raise Failure(f"{first} and {second} are {'the same' if negated else 'not the same'}")

    def do_items(self, first: str, second: str, *names: str) -> None:
        old, new = (
            {
                item: text
                for items in oracle.ciphertexts(self.work / name).values()
                for item, text in items.items()
            }
            for name in (first, second)
        )
        different = sorted(item for item in old.keys() | new.keys() if old.get(item) != new.get(item))
        if different != sorted(names):
            raise Failure(f"other ciphertexts: {', '.join(different) or 'none'}")


def run_script(path: Path) -> tuple[Path, str | None, float]:
    """Runs one scenario in its own folder; returns its failure and the time it took."""
    begun = time.monotonic()
    base = Path(tempfile.mkdtemp(prefix=f"moltseal-{path.stem}-"))
    base.chmod(0o755)
    try:
        return path, Script(path, base).run(), time.monotonic() - begun
    finally:
        shutil.rmtree(base, ignore_errors=True)


def main() -> int:
    """Runs the scenarios named, or all."""
    parser = argparse.ArgumentParser(description="Runs the scenarios in Tests/Scripts.")
    parser.add_argument("names", nargs="*", help="only scenarios whose name holds one of these")
    parser.add_argument("--exact", action="store_true", help="only scenarios whose name is one of these")
    parser.add_argument("--binary", help="the release binary (default: $MOLTSEAL or .build/release/moltseal)")
    parser.add_argument("--debug-binary", help="the debug binary (default: $MOLTSEAL_DEBUG or .build/debug/moltseal)")
    parser.add_argument("-v", "--verbose", action="store_true", help="name each scenario and its time")
    arguments = parser.parse_args()
    for variable, value in (("MOLTSEAL", arguments.binary), ("MOLTSEAL_DEBUG", arguments.debug_binary)):
        if value:
            os.environ[variable] = str(Path(value).resolve())

    paths = sorted(SCRIPTS.glob("*.txtar"))
    if arguments.names:
        names = arguments.names
        paths = [path for path in paths if path.stem in names or not arguments.exact and any(n in path.stem for n in names)]
    passed, failed = 0, 0
    with concurrent.futures.ProcessPoolExecutor(WORKERS) as pool:
        for path, failure, seconds in pool.map(run_script, paths):
            if failure:
                failed += 1
                print(f"FAIL {failure}")
            else:
                passed += 1
            if arguments.verbose:
                print(f"{'FAIL' if failure else 'ok  '} {path.stem} ({seconds:.1f} s)")
    if not paths:
        print("no scenario of that name", file=sys.stderr)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
