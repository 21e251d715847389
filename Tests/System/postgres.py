"""A PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path


class PostgreSQL:
    """A server of our own on a socket in a folder of its own."""

    PORT = 5432

    def __init__(self) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        found = str(programs[-1]) if programs else os.path.dirname(shutil.which("initdb") or "")
        if not found:
            raise AssertionError("no PostgreSQL server: install Debian's postgresql")
        self.programs = Path(found)
        self.folder = Path(tempfile.mkdtemp(prefix="moltseal-pg-"))
        self.prefix: list[str] = []
        if os.geteuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(self.folder, postgres.pw_uid, postgres.pw_gid)
            self.folder.chmod(0o755)
            self.prefix = ["runuser", "-u", "postgres", "--"]
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        rules = "local all postgres trust\nlocal all all scram-sha-256\n"
        subprocess.run(
            [*self.prefix, "tee", f"{self.data}/pg_hba.conf"],
            input=rules.encode(),
            stdout=subprocess.DEVNULL,
            check=True,
        )
        options = f"-k {self.folder} -p {self.PORT} -c listen_addresses='' -c fsync=off"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", f"{self.folder}/log", "-o", options, "start")

    @property
    def data(self) -> str:
        """The folder of the server's files."""
        return str(self.folder / "data")

    def run(self, program: str, *arguments: str) -> None:
        """Runs one of the server's programs, as the user it wants."""
        command = [*self.prefix, str(self.programs / program), *arguments]
        finished = subprocess.run(command, cwd=self.folder, capture_output=True, check=False, stdin=subprocess.DEVNULL)
        if finished.returncode != 0:
            raise AssertionError(f"{program}: {finished.stdout.decode()}{finished.stderr.decode()}")

    def psql(self, target: str | bytes, statements: bytes) -> subprocess.CompletedProcess:
        """Runs statements at a URL."""
        environment = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PGPASSFILE": "/dev/null", "HOME": "/"}
        return subprocess.run(
            [self.programs / "psql", "-X", "-A", "-t", "-w", "-v", "ON_ERROR_STOP=1", target],
            input=statements,
            env=environment,
            capture_output=True,
            check=False,
        )

    def url(self, user: str, password: str) -> str:
        """A URL to the server's socket."""
        host = str(self.folder).replace("/", "%2F")
        return f"postgresql://{user}{password}@{host}:{self.PORT}/postgres"

    def stop(self) -> None:
        """Stops the server and deletes its folder."""
        self.run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)
