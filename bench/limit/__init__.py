"""The limit: how many of the least thinkable sales the same PostgreSQL commits on one hot row, by pgbench.

One statement a sale, two clients: the best that a hot row gave of all the shapes that were tried.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg

from estrade.site.supervisor.postgres import PostgresCluster, find_binaries

HERE = Path(__file__).parent
DATABASE = "bench_limit"
CLIENTS = 2


def hot_row_per_second(cluster: PostgresCluster, seconds: int) -> float:
    """Sales a second, in a database of their own on `cluster`."""
    cluster.create_database(DATABASE)
    url = cluster.superuser_url(DATABASE)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute((HERE / "schema.sql").read_text())
        connection.execute("CHECKPOINT")
    command = [str(find_binaries() / "pgbench"), "--no-vacuum", "--protocol=prepared", f"--client={CLIENTS}", "--jobs=1"]
    command += [f"--time={seconds}", f"--file={HERE / 'hot_row.sql'}", DATABASE]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=_environment(url))
    found = re.search(r"tps = ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    return round(float(found[1]), 1)


def _environment(url: str) -> dict[str, str]:
    """A URL as libpq's variables: the password must not show in the list of processes."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "PATH": "/usr/bin:/bin",
        "PGHOST": query["host"][0],
        "PGPORT": query["port"][0],
        "PGUSER": unquote(parts.username or ""),
        "PGPASSWORD": unquote(parts.password or ""),
    }
