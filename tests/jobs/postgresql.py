"""A real PostgreSQL server of the tests' own, reached by a socket in its folder and by nothing else."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

REQUIRED = "FACEOFF_REQUIRE_POSTGRES"


def installed_programs():
    """The folder of PostgreSQL's programs; skips where there is none, and fails there if it is required."""
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), shutil.which("initdb")]
    for program in filter(None, found):
        return Path(program).parent
    sentence = "needs PostgreSQL's server (Debian: apt-get install postgresql)"
    (pytest.fail if os.environ.get(REQUIRED) else pytest.skip)(sentence)


class PostgresqlServer:
    """PostgreSQL in a temporary folder; root hands it to the package's own user, whom it insists on."""

    def __init__(self, programs):
        self.programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="faceoff-postgresql-"))
        self.as_user = []
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
            self.as_user = ["runuser", "-u", "postgres", "--"]
        self.databases = 0

    def start(self):
        """Itself, once it answers."""
        self.run("initdb", "-D", self.folder / "data", "-A", "trust", "-U", "faceoff", "--no-sync")
        options = f"-c listen_addresses= -k {self.folder} -c fsync=off"
        self.control("start", "-l", self.folder / "log", "-w", "-o", options)
        return self

    def stop(self):
        """End it and remove its folder."""
        try:
            self.control("stop", "-m", "immediate")
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def new_database(self):
        """The address of a database that nobody has used."""
        self.databases += 1
        name = f"faceoff_{self.databases}"
        self.run("createdb", "-h", self.folder, "-U", "faceoff", name)
        return f"postgresql+psycopg://faceoff@/{name}?host={self.folder}"

    def control(self, action, *arguments):
        self.run("pg_ctl", action, "-D", self.folder / "data", *arguments)

    def run(self, program, *arguments):
        command = [*self.as_user, self.programs / program, *arguments]
        # Not into a pipe: the server would inherit it and hold it open.
        with (self.folder / "output").open("wb") as output:
            done = subprocess.run(command, cwd=self.folder, stdout=output, stderr=output)
        assert done.returncode == 0, (self.folder / "output").read_text()
