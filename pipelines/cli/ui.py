"""`stackgraph ui`: the Dagster web server and the daemon that runs the schedules, until interrupted."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from threading import Event

from pipelines.cli.errors import Failed
from pipelines.cli.instance import prepare
from pipelines.cli.output import say
from pipelines.home import REPOSITORY, home
from pipelines.lost_runs import report_lost
from sources.errors import counted

PATIENCE = 8.0
"""Seconds that all of Dagster's processes get to end when the command is ended; then they are killed."""
POLITE = 2.0
"""Seconds of these that `dagster dev` alone knows of it: enough to end the web server and the daemon, unless they are just starting."""


def serve(host: str, port: int) -> None:
    """Run `dagster dev`, which starts both, until SIGINT, SIGTERM or SIGHUP; then end every process that it started.

    Raises
    ------
    Failed
        The port is taken, or Dagster ended by itself.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise Failed(f"port {port} of {host} is taken: choose another with --port") from None
    asked = asked_to_end()
    # `dagster dev` warns that it will be replaced one day; that is ours to see in a test, not the user's.
    environment = {**os.environ, **prepare(), "PYTHONWARNINGS": "ignore"}
    if lost := report_lost(home()):
        say(f"{counted(len(lost), 'run')} whose process ended without a word noted as failed: {', '.join(lost)}")
    say(f"Dagster UI: http://{host}:{port}  (schedules are running; Ctrl-C ends it)")
    workspace = str(REPOSITORY / "pipelines" / "workspace.yaml")
    arguments = [sys.executable, "-m", "dagster", "dev", "-w", workspace, "-h", host, "-p", str(port), "--log-level", "warning"]
    # A session of its own: whatever Dagster starts is in one process group, and a terminal's Ctrl-C comes here alone. It starts in
    # its own folder, not where another dagster.yaml lies, or it warns of that one.
    dagster = subprocess.Popen(arguments, env=environment, cwd=home().dagster, start_new_session=True)
    try:
        while dagster.poll() is None and not asked.wait(0.5):
            pass
        by_itself = dagster.returncode
    finally:
        end(dagster)
    if by_itself is not None:
        raise Failed(f"Dagster ended by itself, with code {by_itself}; what it wrote above says why")


def asked_to_end() -> Event:
    """Set once a signal asks this process to end.

    A shell without job control starts `stackgraph ui &` with SIGINT ignored. Dagster's processes inherit that and treat SIGTERM as
    they treat SIGINT, so they would ignore both; a signal that is handled here is one with its ordinary effect in theirs.
    """
    asked = Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number == signal.SIGHUP and signal.getsignal(number) == signal.SIG_IGN:  # nohup: meant to outlive its terminal
            continue
        signal.signal(number, lambda *_: asked.set())
    return asked


def end(dagster: subprocess.Popen[bytes]) -> None:
    """End `dagster dev` and all that it started within `PATIENCE`: asked first, then interrupted, then killed.

    By itself `dagster dev` ends the web server and the daemon, and leaves a run in progress behind, with its server. A run that
    is interrupted publishes nothing and is noted as failed; one that is killed is noted when the command is next started.
    """
    now = time.monotonic()
    dagster.send_signal(signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        dagster.wait(POLITE)
    for number, patience in ((signal.SIGINT, PATIENCE), (signal.SIGKILL, PATIENCE + 2)):
        with suppress(ProcessLookupError):
            os.killpg(dagster.pid, number)
            wait_for_group(dagster, now + patience)


def wait_for_group(leader: subprocess.Popen[bytes], limit: float) -> None:
    """Return at a time of the monotonic clock; ProcessLookupError once no process of the leader's group is left."""
    while time.monotonic() < limit:
        leader.poll()  # an ended child counts as a process of its group until it is looked at
        os.killpg(leader.pid, 0)
        time.sleep(0.1)
