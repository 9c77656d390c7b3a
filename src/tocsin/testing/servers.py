"""Servers of a test's own: MariaDB and Redis, from the packages of the operating system.

Each is started in a folder that is thrown away, listens on a Unix socket in it and nowhere else,
and is stopped at the end. Nothing that runs on the machine already is touched.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

_PATIENCE = 60.0
_PAUSE = 0.02
_SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/libexec")
"""Where Debian keeps servers, which need not be on a user's PATH."""


class ServerMissing(Exception):
    """The server's program is not installed, or did not start; the message says what to do."""


@dataclass(frozen=True, slots=True)
class MariaDB:
    """A running server. ``user`` may do everything and has no password."""

    socket: str
    version: str
    user: str = "root"
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def url(self, driver: str, database: str = "") -> str:
        """For SQLAlchemy: ``driver`` is ``pymysql``, ``mysqldb``, ``aiomysql``, ``asyncmy``, …."""
        return f"mysql+{driver}://{self.user}@localhost/{database}?unix_socket={self.socket}"

    def create(self, script: str = "", prefix: str = "test") -> str:
        """Make a database, run SQL statements in it, and give its name."""
        name = f"{prefix}{next(self._numbers)}"
        self.run(f"CREATE DATABASE `{name}`")
        if script:
            self.run(script, name)
        return name

    def run(self, script: str, database: str = "") -> str:
        """Run SQL with the server's own client; gives what it prints, columns between tabs.

        Raises ``subprocess.CalledProcessError`` when the server refuses a statement.
        """
        client = _program("mariadb", "mysql")
        words = [client, "--no-defaults", f"--socket={self.socket}", f"--user={self.user}"]
        words += ["--batch", "--skip-column-names", "--default-character-set=utf8mb4"]
        return subprocess.run(  # noqa: S603 - the client of this server
            [*words, database] if database else words,
            input=script,
            capture_output=True,
            text=True,
            check=True,
        ).stdout


@dataclass(frozen=True, slots=True)
class Redis:
    """A running server with sixteen databases, which keeps nothing on disk."""

    socket: str
    version: str

    def url(self, database: int = 0) -> str:
        """For redis-py's ``from_url``."""
        return f"unix://{self.socket}?db={database}"


@contextmanager
def mariadb() -> Iterator[MariaDB]:
    """Start MariaDB. Raises `ServerMissing`."""
    server = _program("mariadbd", "mysqld")
    install = _program("mariadb-install-db", "mysql_install_db")
    with _folder() as folder:
        data, listening = folder / "data", str(folder / "s")
        # It will not be root's unless it is told to.
        user = ["--user=root"] if os.geteuid() == 0 else []
        words = [
            "--skip-test-db",
            "--skip-name-resolve",
            "--auth-root-authentication-method=normal",
        ]
        _prepare([install, "--no-defaults", *user, f"--datadir={data}", *words])
        options = [f"--datadir={data}", f"--socket={listening}", f"--pid-file={folder / 'pid'}"]
        log = folder / "log"
        with _running([server, "--no-defaults", *user, *options, *_MARIADB], listening, log):
            yield MariaDB(listening, _version(server, "Ver"))


_MARIADB = (
    # Small, nothing durable, nobody but us.
    *("--skip-networking", "--skip-log-bin", "--skip-name-resolve"),
    *("--innodb-buffer-pool-size=32M", "--innodb-log-file-size=8M"),
    *("--innodb-flush-log-at-trx-commit=0", "--innodb-doublewrite=0"),
    *("--innodb-flush-method=nosync", "--innodb-stats-persistent=0"),
    *("--character-set-server=utf8mb4", "--lc-messages=en_US"),
)


@contextmanager
def redis() -> Iterator[Redis]:
    """Start Redis. Raises `ServerMissing`."""
    server = _program("redis-server", "valkey-server")
    with _folder() as folder:
        listening = str(folder / "s")
        options = ["--port", "0", "--unixsocket", listening, "--dir", str(folder)]
        keeping = ["--save", "", "--appendonly", "no", "--daemonize", "no"]
        with _running([server, *options, *keeping], listening, folder / "log"):
            yield Redis(listening, _version(server, "v="))


def _program(*names: str) -> str:
    places = os.pathsep.join((os.environ.get("PATH", os.defpath), *_SBIN))
    for name in names:
        found = shutil.which(name, path=places)
        if found is not None:
            return found
    raise ServerMissing(f"{names[0]} is not installed: {_PACKAGES}")


_PACKAGES = "on Debian and Ubuntu, apt-get install mariadb-server redis-server"


@contextmanager
def _folder() -> Iterator[Path]:
    """A folder with a short name: the path of a socket may have a hundred characters."""
    folder = Path(tempfile.mkdtemp(prefix="tocsin-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _prepare(words: Sequence[str]) -> None:
    done = subprocess.run(words, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise ServerMissing(f"{words[0]} failed: {' '.join(last)}")


@contextmanager
def _running(words: Sequence[str], listening: str, log: Path) -> Iterator[None]:
    """A server until the block ends; it is there once it takes connections."""
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - the program that was looked up
            words, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
        )
    try:
        _until(lambda: _takes_connections(listening), process, log)
        yield
    finally:
        process.terminate()
        process.wait()


def _until(there: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    limit = time.monotonic() + _PATIENCE
    while not there():
        try:
            process.wait(_PAUSE)
        except subprocess.TimeoutExpired:
            if time.monotonic() < limit:
                continue
        last = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise ServerMissing(f"{log.parent}: the server did not start: {' '.join(last)}")


def _takes_connections(listening: str) -> bool:
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(listening)
        except OSError:
            return False
    return True


def _version(server: str, after: str) -> str:
    """The number that follows a word in what ``--version`` prints."""
    said = subprocess.run([server, "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    words = said.partition(after)[2].split()
    return words[0].partition("-")[0] if words else "?"
