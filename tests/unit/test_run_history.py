"""Dagster's run history with kept connections says what Dagster's own says, and holds few files open."""

from __future__ import annotations

from pathlib import Path

import dagster as dg
import pytest
import yaml
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage

from pipelines.run_history import MOST_OPEN, EventLog


@dg.asset
def gallium() -> dg.MaterializeResult:
    return dg.MaterializeResult(metadata={"dagster/row_count": 7})


def instance(folder: Path) -> dg.DagsterInstance:
    """An instance whose history lies in `folder` and is kept by RunHistory."""
    storage = {"custom": {"module": "pipelines.run_history", "class": "RunHistory", "config": {"base_dir": str(folder)}}}
    (folder / "dagster.yaml").write_text(yaml.safe_dump({"storage": storage, "telemetry": {"enabled": False}}))
    return dg.DagsterInstance.from_config(str(folder))


def history(storage: DagsterSqliteStorage, run_id: str) -> list[str]:
    return [str(entry.dagster_event_type) for entry in storage.event_log_storage.get_logs_for_run(run_id)]


def test_dagsters_own_storage_reads_the_same_history(tmp_path: Path) -> None:
    with instance(tmp_path) as ours:
        run = dg.materialize([gallium], instance=ours)
        told = [str(entry.dagster_event_type) for entry in ours.all_logs(run.run_id)]
    plain = DagsterSqliteStorage.from_local(str(tmp_path))
    assert len(told) > 5
    assert history(plain, run.run_id) == told


def test_no_more_than_a_few_files_stay_open_however_many_runs_there_are(tmp_path: Path) -> None:
    with instance(tmp_path) as ours:
        log = ours.event_log_storage
        runs = [dg.materialize([gallium], instance=ours).run_id for _ in range(MOST_OPEN + 3)]
        assert len(log._engines) <= MOST_OPEN  # type: ignore[attr-defined]
        assert all(len(ours.all_logs(run)) > 5 for run in runs)
        assert len(log._engines) <= MOST_OPEN  # type: ignore[attr-defined]


def test_a_deleted_run_leaves_nothing_behind_and_its_file_can_be_made_anew(tmp_path: Path) -> None:
    with instance(tmp_path) as ours:
        run = dg.materialize([gallium], instance=ours).run_id
        ours.delete_run(run)
        assert ours.all_logs(run) == []
        (file,) = (tmp_path / "history" / "runs").glob(f"{run}.db")
        file.unlink()
        assert ours.all_logs(run) == [], "the file is made anew, not written to where it was"


def test_two_instances_write_one_history(tmp_path: Path) -> None:
    """The daemon, the web server and a run are processes of their own."""
    with instance(tmp_path) as first, instance(tmp_path) as second:
        runs = [dg.materialize([gallium], instance=one).run_id for one in (first, second, first)]
        assert [r.dagster_run.run_id for r in second.get_run_records()] == runs[::-1]
        records = first.get_asset_records([dg.AssetKey("gallium")])
        assert records[0].asset_entry.last_run_id == runs[-1]


def test_dagster_yaml_names_this_storage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.cli.instance import prepare

    monkeypatch.setenv("STACKGRAPH_HOME", str(tmp_path))
    for variable in ("DAGSTER_HOME", "STACKGRAPH_DAGSTER"):
        monkeypatch.setenv(variable, "")
    prepare()
    with dg.DagsterInstance.get() as ours:
        assert type(ours.event_log_storage) is EventLog
