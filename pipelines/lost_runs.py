"""Runs whose process is gone without a word: killed, or lost with the machine's power.

Dagster keeps calling them started, and as one run at a time writes the warehouse, no scheduled run would begin ever again.
"""

from __future__ import annotations

import json
import socket
import sqlite3
from collections.abc import Mapping
from contextlib import closing

from pipelines.home import Home

UNDER_WAY = ("STARTING", "STARTED", "CANCELING")
SERVER = ".dagster/grpc_info"
"""Dagster's tag of a launched run: the address of the server that watches it, which lives as long as the run."""


def are_under_way(place: Home) -> bool:
    """Whether Dagster calls any run of this stackgraph started; asked without Dagster, whose import takes a second."""
    file = place.dagster / "history" / "runs.db"
    if not file.exists():
        return False
    asked = f"select 1 from runs where status in ({', '.join('?' * len(UNDER_WAY))}) limit 1"
    with closing(sqlite3.connect(file)) as connection:
        try:
            return connection.execute(asked, UNDER_WAY).fetchone() is not None
        except sqlite3.OperationalError:  # a file without that table: no run was ever made
            return False


def report_lost(place: Home) -> list[str]:
    """Have Dagster note the lost runs as failed; their ids. The variables that Dagster reads must be set."""
    if not are_under_way(place):
        return []
    import dagster as dg

    lost = []
    with dg.DagsterInstance.get() as instance:
        for record in instance.get_run_records(dg.RunsFilter(statuses=[dg.DagsterRunStatus(status) for status in UNDER_WAY])):
            run = record.dagster_run
            if not is_alive(run.tags, place):
                instance.report_run_failed(run, "The process of this run ended without a word: it was killed, or the machine stopped.")
                lost.append(run.run_id)
    return lost


def is_alive(tags: Mapping[str, str], place: Home) -> bool:
    """Whether a run with these tags can be going on: its server answers or, of `stackgraph run`, the warehouse is held."""
    if SERVER in tags:
        server = json.loads(tags[SERVER])
        local = server.get("socket")
        with socket.socket(socket.AF_UNIX if local else socket.AF_INET) as probe:
            probe.settimeout(2)
            return probe.connect_ex(local or (server["host"], server["port"])) == 0
    return is_held(place)


def is_held(place: Home) -> bool:
    """Whether a process is writing the warehouse."""
    import duckdb

    if not place.warehouse.exists():
        return False
    try:
        duckdb.connect(str(place.warehouse), read_only=True).close()
    except duckdb.Error as error:
        return "lock" in str(error)
    return False
