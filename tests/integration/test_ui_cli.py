"""`stackgraph ui`: what it says where it cannot begin; how it ends is in test_ui_ends.py."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.command import stackgraph


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        done = stackgraph(tmp_path, "ui", "--port", str(taken.getsockname()[1]))
    assert done.returncode == 1
    assert "choose another with --port" in done.stderr
