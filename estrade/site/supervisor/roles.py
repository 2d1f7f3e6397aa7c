"""What the application's role may do: use the rows of every table, own none, and never rewrite what was booked."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql

from estrade.site.settings import APPEND_ONLY_TABLES
from estrade.site.supervisor.errors import CannotRun
from estrade.site.supervisor.postgres import APPLICATION_ROLE

__all__ = ["APPEND_ONLY_TABLES", "READ_ONLY_TABLES", "application_role", "grant_application_role"]

# The history of migrations: read by the health check, written by the owner alone.
READ_ONLY_TABLES = ("django_migrations",)


def grant_application_role(owner_url: str, role: str = APPLICATION_ROLE) -> None:
    """After migrations: `role` may use every table of the database behind `owner_url`, within the limits above.

    One transaction, so there is no moment in which the role may do more.

    Raises:
        CannotRun: the role owns the tables, so nothing could be kept from it.

    """
    if role == application_role(owner_url):
        raise CannotRun(f"The role {role} cannot be owner and application at once: name two roles in the two addresses.")
    with psycopg.connect(owner_url) as connection:
        name = sql.Identifier(role)
        tables = [row[0] for row in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(name))
        connection.execute(sql.SQL("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {}, PUBLIC").format(name))
        connection.execute(sql.SQL("GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {}").format(name))
        for table in tables:
            statement = sql.SQL("GRANT {} ON {} TO {}")
            connection.execute(statement.format(sql.SQL(_rights(table)), sql.Identifier(table), name))


def _rights(table: str) -> str:
    if table in READ_ONLY_TABLES:
        return "SELECT"
    if table in APPEND_ONLY_TABLES:
        return "SELECT, INSERT"
    return "SELECT, INSERT, UPDATE, DELETE"


def application_role(url: str) -> str:
    """The role that `url` signs in as."""
    return unquote(urlsplit(url).username or APPLICATION_ROLE)
