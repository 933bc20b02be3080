"""`stackgraph ui` in the background of a script: a signal ends it with everything it started, and no run blocks the next."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from pipelines.home import Home
from pipelines.lost_runs import SERVER, are_under_way, is_alive, report_lost
from sources.client import MIRROR
from tests.command import NOBODY, STACKGRAPH

SOON = 12.0
"""Seconds in which all must have ended, on a machine with other work."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def started_with(mark: str) -> set[int]:
    """Living processes that inherited a variable with this value, by /proc."""
    found = set()
    for process in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if process.name.isdigit() and f"MARK={mark}\0".encode() in (process / "environ").read_bytes():
                found.add(int(process.name))
    return found


def answers(port: int) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/server_info", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc to see what is left")
@pytest.mark.parametrize(("number", "is_up"), [(signal.SIGTERM, True), (signal.SIGINT, False)], ids=["serving", "starting"])
def test_a_signal_ends_the_ui_and_all_it_started_in_the_background_too(number: signal.Signals, is_up: bool, tmp_path: Path) -> None:
    """A shell without job control, as of a script, starts what stands before `&` with SIGINT ignored."""
    port, mark = free_port(), f"{tmp_path}-{number.name}"
    environment = {**os.environ, "STACKGRAPH_HOME": str(tmp_path), MIRROR: NOBODY, "MARK": mark}
    script = f"'{STACKGRAPH}' ui --port {port} & echo $!; wait"
    shell = subprocess.Popen(["sh", "-c", script], env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert shell.stdout is not None
    ui = int(shell.stdout.readline())
    try:
        until = time.monotonic() + 90
        while not answers(port) if is_up else len(started_with(mark)) < 4:  # the shell, the command, `dagster dev` and its code server
            assert time.monotonic() < until, "the web server did not start"
            time.sleep(0.3)
        os.kill(ui, number)
        until = time.monotonic() + SOON
        while (left := started_with(mark)) and time.monotonic() < until:
            time.sleep(0.1)
        assert left == set()
    finally:
        for process in started_with(mark):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        shell.wait(10)


def test_a_run_is_alive_while_its_server_answers(tmp_path: Path) -> None:
    place = Home(tmp_path)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        tags = {SERVER: f'{{"host": "127.0.0.1", "port": {server.getsockname()[1]}}}'}
        assert is_alive(tags, place)
    assert not is_alive(tags, place)
    assert not is_alive({SERVER: f'{{"host": "localhost", "socket": "{tmp_path}/gone"}}'}, place)
    assert not is_alive({}, place), "nobody writes a warehouse that is not there"


def test_a_run_that_was_killed_does_not_stand_in_the_way_of_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import dagster as dg

    from pipelines.cli.instance import prepare

    monkeypatch.setenv("STACKGRAPH_HOME", str(tmp_path))
    for name in ("DAGSTER_HOME", "STACKGRAPH_DAGSTER", "STACKGRAPH_VINTAGES"):
        monkeypatch.setenv(name, "")
    place = Home(tmp_path)
    assert not are_under_way(place)
    prepare()

    @dg.job
    def everything() -> None:
        pass

    with dg.DagsterInstance.get() as instance:
        run = instance.create_run_for_job(everything, status=dg.DagsterRunStatus.STARTED)
    assert are_under_way(place)
    assert report_lost(place) == [run.run_id]
    assert not are_under_way(place)
    assert report_lost(place) == []
