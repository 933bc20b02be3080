"""`stackgraph ui`: the Dagster web server and the daemon that runs the schedules, until interrupted."""

from __future__ import annotations

import os
import socket
import sys

from pipelines.cli.errors import Failed
from pipelines.cli.instance import prepare
from pipelines.cli.output import say
from pipelines.home import REPOSITORY, home


def serve(host: str, port: int) -> None:
    """Replace this process by `dagster dev`, which starts both and ends both."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            raise Failed(f"port {port} of {host} is taken: choose another with --port") from None
    # `dagster dev` warns that it will be replaced one day; that is ours to see in a test, not the user's.
    environment = {**os.environ, **prepare(), "PYTHONWARNINGS": "ignore"}
    say(f"Dagster UI: http://{host}:{port}  (schedules are running; Ctrl-C ends it)")
    os.chdir(home().dagster)  # not where another dagster.yaml lies, or Dagster warns of it
    workspace = str(REPOSITORY / "pipelines" / "workspace.yaml")
    arguments = [sys.executable, "-m", "dagster", "dev", "-w", workspace, "-h", host, "-p", str(port), "--log-level", "warning"]
    os.execve(sys.executable, arguments, environment)
