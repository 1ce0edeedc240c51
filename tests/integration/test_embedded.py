"""The embedded server of a state folder, and another one on its port."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from warehouse import embedded
from warehouse.connection import embedded_url
from warehouse.programs import run_as_server
from warehouse.settings import Settings, get_settings

pytestmark = pytest.mark.integration


def test_a_copied_folder_gets_a_server_of_its_own(warehouse: Settings) -> None:
    """A copy of the folder names port and process of the server it was copied from."""
    folder = Path(tempfile.mkdtemp(prefix="orw-test-", dir="/var/tmp"))  # noqa: S108
    folder.chmod(0o755)
    original = embedded.server()
    try:
        (folder / "postgres").mkdir()
        shutil.copy(original.port_file, folder / "postgres")
        command = [sys.executable, "-m", "warehouse", "psql", "--sql", "show data_directory"]
        done = subprocess.run(
            command, env=os.environ | {"ORW_STATE_DIR": str(folder)}, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == str(folder / "postgres" / "data")
        shutil.copy(original.data_dir / "postmaster.pid", folder / "postgres" / "data")
        shutil.copy(original.port_file, folder / "postgres")
        assert not embedded.is_running(embedded.Server(folder / "postgres" / "data"))
        assert embedded.is_running(original)
    finally:
        shutil.rmtree(folder)


@pytest.fixture
def own_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[embedded.Server]:
    """A server of this test's own, which runs while the test does."""
    folder = Path(tempfile.mkdtemp(prefix="orw-test-", dir="/var/tmp"))  # noqa: S108
    folder.chmod(0o755)
    monkeypatch.setenv("ORW_STATE_DIR", str(folder))
    get_settings.cache_clear()
    with embedded.running_server() as server:
        yield server
    get_settings.cache_clear()
    shutil.rmtree(folder)


def first_process(server: embedded.Server) -> int:
    return int((server.data_dir / "postmaster.pid").read_text().split()[0])


def test_a_killed_server_starts_again_while_a_process_of_it_is_busy(own_server: embedded.Server) -> None:
    killed = first_process(own_server)
    with contextlib.closing(psycopg.connect(embedded_url("postgres"))) as connection:
        # It waits for nothing, so it does not notice that its server is gone.
        busy = threading.Thread(target=_count, args=(connection,))
        busy.start()
        with psycopg.connect(embedded_url("postgres")) as other:
            while not other.execute("select 1 from pg_stat_activity where query like 'select sum(i)%'").fetchone():
                other.rollback()
        os.kill(killed, signal.SIGKILL)
        with embedded.running_server() as server, psycopg.connect(embedded_url("postgres")) as again:
            assert again.execute("select 1").fetchone() == (1,)
            assert first_process(server) != killed
        busy.join()


def _count(connection: psycopg.Connection) -> None:
    with contextlib.suppress(psycopg.OperationalError):
        connection.execute("select sum(i) from (select generate_series(1, 20000000) as i offset 0) as numbers")


def _promote(data_dir: Path) -> None:
    # It is refused until the server has begun to recover.
    while run_as_server(["pg_ctl", "-D", data_dir, "promote"], data_dir.parent).returncode:
        time.sleep(0.5)


def test_a_server_that_recovers_is_waited_for(own_server: embedded.Server) -> None:
    """Nobody starts another one beside it, on another port, or stops it."""
    data_dir, port = own_server.data_dir, own_server.port
    place = ["-D", data_dir]
    assert run_as_server(["pg_ctl", *place, "-m", "immediate", "stop"], data_dir.parent).returncode == 0
    # As a standby it replays its log for as long as nobody promotes it, and turns everybody away.
    (data_dir / "standby.signal").touch()
    shutil.chown(data_dir / "standby.signal", (data_dir / "PG_VERSION").owner())
    options = f"-c hot_standby=off -c listen_addresses={embedded.HOST} -c unix_socket_directories='' -p {port}"
    run_as_server(
        ["pg_ctl", *place, "-l", own_server.log_file, "-o", options, "-W", "start"], data_dir.parent, quiet=True
    )
    while embedded._answer(own_server) != embedded.REJECTING:
        pass
    promotion = threading.Timer(3, _promote, [data_dir])
    promotion.start()
    with embedded.running_server() as server, psycopg.connect(embedded_url("postgres")) as connection:
        assert connection.execute("select pg_is_in_recovery()").fetchone() == (False,)
        assert server.port == port
    promotion.join()


def test_a_server_that_answers_nobody_for_a_while_is_kept(own_server: embedded.Server) -> None:
    """Its port is its own: a new one in the file would hide it from everybody for good."""
    port, process = own_server.port, first_process(own_server)
    os.kill(process, signal.SIGSTOP)
    going_on = threading.Timer(5, os.kill, [process, signal.SIGCONT])
    going_on.start()
    with embedded.running_server() as server, psycopg.connect(embedded_url("postgres")) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        assert (server.port, first_process(server)) == (port, process)
    going_on.join()


def test_a_server_that_was_killed_needs_no_stop(own_server: embedded.Server) -> None:
    killed = first_process(own_server)
    os.kill(killed, signal.SIGKILL)
    while embedded._is_alive(killed):
        pass
    # What the block raised must be seen, and not that there is nobody to stop.
    embedded._stop(own_server)
