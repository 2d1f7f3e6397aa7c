"""One instance on this machine: where its state lies, which ports it uses, what its processes are told."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from urllib.parse import unquote, urlsplit

from estrade.site.supervisor.builds import REPOSITORY
from estrade.site.supervisor.errors import CannotRun
from estrade.site.supervisor.postgres import PostgresCluster

PORTS = ("front", "web", "engine", "media", "turn", "messages", "paysim", "mailbox", "database")
STRIPE_CALLBACK_PATH = "/callbacks/stripe"

# What a program of this machine needs to work at all; everything else a process is told is written out below.
_COMMON = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE")


@dataclass(frozen=True)
class Instance:
    """Found from ESTRADE_VAR, ESTRADE_PORT and ESTRADE_DEMO."""

    var: Path
    port: int
    is_demo: bool

    @classmethod
    def here(cls, *, is_demo: bool = False) -> Instance:
        """The instance that the environment names, or the one in `var/` of this clone.

        Raises:
            CannotRun: a variable makes no sense.

        """
        var = Path(os.environ.get("ESTRADE_VAR") or REPOSITORY / "var").resolve()
        text = os.environ.get("ESTRADE_PORT") or "8000"
        if not (text.isdigit() and 1 <= int(text) <= 65_535 - len(PORTS)):
            raise CannotRun(f"ESTRADE_PORT must be a number from 1 to {65_535 - len(PORTS)}, not {text!r}.")
        remembered = bool(read_json(var / "run" / "state.json").get("is_demo"))
        return cls(var, int(text), is_demo or os.environ.get("ESTRADE_DEMO") == "1" or remembered)

    def port_of(self, part: str) -> int:
        """The port of `part`, one of PORTS, counted from ESTRADE_PORT upwards."""
        return self.port + PORTS.index(part)

    @property
    def log(self) -> Path:
        """One file for each process."""
        return self.var / "log"

    @property
    def run(self) -> Path:
        """What is only true while the instance runs."""
        return self.var / "run"

    @property
    def site_url(self) -> str:
        """The public origin."""
        return (os.environ.get("SITE_URL") or f"http://localhost:{self.port}").rstrip("/")

    @property
    def web_url(self) -> str:
        """Where `web` is reached by our own processes."""
        return f"http://127.0.0.1:{self.port_of('web')}"

    @property
    def engine_url(self) -> str:
        """Where LiveKit is reached by our own processes."""
        return os.environ.get("LIVEKIT_URL") or f"http://127.0.0.1:{self.port_of('engine')}"

    @property
    def messages_url(self) -> str:
        """Where `messages` is reached by our own processes."""
        return os.environ.get("MESSAGES_URL") or f"http://127.0.0.1:{self.port_of('messages')}"

    @cached_property
    def secrets(self) -> dict[str, str]:
        """Made once, kept in var/secrets.json for this user alone."""
        return keep_secrets(self.var / "secrets.json")

    @property
    def has_own_database(self) -> bool:
        """Whether the embedded PostgreSQL is used."""
        return not os.environ.get("DATABASE_URL")

    def runs(self, part: str) -> bool:
        """Whether this instance runs `part` itself; a service elsewhere is named by its variable."""
        replaced_by = {"database": "DATABASE_URL", "engine": "LIVEKIT_URL", "messages": "MESSAGES_URL"}
        of_the_demo = {"paysim": "STRIPE_SECRET_KEY", "mailbox": "SMTP_URL"}
        if part in of_the_demo:
            return self.is_demo and not os.environ.get(of_the_demo[part])
        return not (part in replaced_by and os.environ.get(replaced_by[part]))

    @cached_property
    def cluster(self) -> PostgresCluster:
        """The embedded database."""
        return PostgresCluster(
            self.var / "postgres",
            port=self.port_of("database"),
            password=self.secrets["DATABASE_SECRET"],
            log=self.log / "postgres.log",
        )

    @property
    def database_url(self) -> str:
        """For the application's role."""
        return os.environ.get("DATABASE_URL") or self.cluster.application_url()

    @property
    def database_owner_url(self) -> str:
        """For migrations.

        Raises:
            CannotRun: the database is elsewhere and nobody said how its owner signs in.

        """
        if self.has_own_database:
            return self.cluster.owner_url()
        if owner_url := os.environ.get("DATABASE_OWNER_URL"):
            return owner_url
        raise CannotRun("DATABASE_URL is set without DATABASE_OWNER_URL: migrations need the role that owns the tables.")

    @property
    def application_role(self) -> str:
        """The role that web and worker sign in as.

        Raises:
            CannotRun: it is the owner's, so nothing could be kept from it.

        """
        role = unquote(urlsplit(self.database_url).username or "")
        if role == urlsplit(self.database_owner_url).username:
            raise CannotRun(f"DATABASE_URL and DATABASE_OWNER_URL name the same role, {role}: the application's must own nothing.")
        return role

    def secret(self, name: str) -> str:
        """From the environment, or from var/secrets.json."""
        return os.environ.get(name) or self.secrets[name]

    def common_environment(self) -> dict[str, str]:
        """What every process is told; the last one is how a process of ours is known when its parent is gone."""
        kept = {name: os.environ[name] for name in _COMMON if name in os.environ}
        return {"PATH": "/usr/bin:/bin", **kept, "PYTHONUTF8": "1", "PYTHONUNBUFFERED": "1", "ESTRADE_SUPERVISED": str(self.var)}

    def web_environment(self) -> dict[str, str]:
        """What web, worker and the commands of an operator are told, secrets included: never print it."""
        told = {name: value for name, value in os.environ.items() if name.startswith(("ESTRADE_", "STRIPE_"))}
        told |= {
            "DJANGO_SETTINGS_MODULE": "estrade.site.settings",
            "PYTHONPATH": str(REPOSITORY),
            "ESTRADE_VAR": str(self.var),
            "ESTRADE_PORT": str(self.port),
            "DATABASE_URL": self.database_url,
            "SITE_URL": self.site_url,
            "LIVEKIT_URL": self.engine_url,
            "MESSAGES_URL": self.messages_url,
            "SMTP_URL": os.environ.get("SMTP_URL") or f"smtp://127.0.0.1:{self.port_of('mailbox')}",
        }
        told |= {name: self.secret(name) for name in _SECRETS if name not in {"DATABASE_SECRET", *_STRIPE}}
        if self.is_demo:
            told["ESTRADE_DEMO"] = "1"
            told.setdefault("ESTRADE_OPERATOR", "Estrade (demo)")
        if self.runs("paysim"):
            told |= {name: self.secret(name) for name in _STRIPE}
            told["STRIPE_API_BASE"] = f"http://127.0.0.1:{self.port_of('paysim')}"
        return told

    def owner_environment(self) -> dict[str, str]:
        """What migrations are told: both addresses, the owner's and the one whose role is granted its rights."""
        return self.web_environment() | {"DATABASE_OWNER_URL": self.database_owner_url}


_STRIPE = {"STRIPE_SECRET_KEY": "sk_test_", "STRIPE_WEBHOOK_SECRET": "whsec_"}
_SECRETS = {
    "ESTRADE_SECRET_KEY": "",
    "INTERNAL_KEY": "",
    "LIVEKIT_API_KEY": "estrade",
    "LIVEKIT_API_SECRET": "",
    "MESSAGES_TOKEN_SECRET": "",
    "MESSAGES_API_KEY": "",
    "DATABASE_SECRET": "",
    **_STRIPE,
}


def keep_secrets(path: Path) -> dict[str, str]:
    """The secrets in `path`; those that are missing are made and written before anybody uses them."""
    known = {str(name): str(value) for name, value in read_json(path).items()}
    missing = {name: prefix + secrets.token_hex(32) for name, prefix in _SECRETS.items() if name not in known}
    if missing:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_private(path, json.dumps(known | missing, indent=2))
    elif path.stat().st_mode & 0o077:
        path.chmod(0o600)
    return known | missing


def read_json(path: Path) -> dict[str, object]:
    """What `path` holds, or nothing when it is not there or was cut short."""
    try:
        held = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return held if isinstance(held, dict) else {}


def write_private(path: Path, text: str) -> None:
    """Replace `path` by `text` at once, readable by this user alone."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    unfinished.rename(path)
