"""A PostgreSQL server for the tests."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path


class PostgreSQL:
    """A server on a socket in its own folder."""

    PORT = 5432

    def __init__(self) -> None:
        programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
        found = str(programs[-1]) if programs else os.path.dirname(shutil.which("initdb") or "")
        if not found:
            raise AssertionError("no PostgreSQL server: install Debian's postgresql")
        self.programs = Path(found)
        self.folder = Path(tempfile.mkdtemp(prefix="moltseal-pg-"))
        self.prefix: list[str] = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.own(self.folder)
        self.make()
        options = f"-k {self.folder} -p {self.PORT} -c listen_addresses='' -c fsync=off"
        self.run("pg_ctl", "-D", self.data, "-w", "-l", f"{self.folder}/log", "-o", options, "start")

    def own(self, folder: Path) -> None:
        """Gives a folder to the user that the server runs as."""
        if os.geteuid() == 0:
            postgres = pwd.getpwnam("postgres")
            os.chown(folder, postgres.pw_uid, postgres.pw_gid)
            folder.chmod(0o755)

    def make(self) -> None:
        """The files of a new server."""
        self.run("initdb", "-D", self.data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync")
        rules = "local all,replication postgres trust\nlocal all all scram-sha-256\n"
        subprocess.run(
            [*self.prefix, "tee", f"{self.data}/pg_hba.conf"],
            input=rules.encode(),
            stdout=subprocess.DEVNULL,
            check=True,
        )

    def standby(self) -> PostgreSQL:
        """A hot standby of this server."""
        return Standby(self)

    @property
    def data(self) -> str:
        """The folder of the server's files."""
        return str(self.folder / "data")

    def run(self, program: str, *arguments: str) -> None:
        """Runs one of the server's programs, as the user it requires."""
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


class Standby(PostgreSQL):
    """A hot standby, which replays what its primary has written."""

    def __init__(self, primary: PostgreSQL) -> None:
        self.primary = primary
        super().__init__()

    def make(self) -> None:
        """The files of its primary."""
        self.run("pg_basebackup", "-D", self.data, "-h", str(self.primary.folder), "-p", str(self.PORT), "-U", "postgres", "-R", "-X", "stream", "-c", "fast")
