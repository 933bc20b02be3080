"""How a run's end is told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import dagster as dg
import pytest
from dagster._utils.error import SerializableErrorInfo

from pipelines.cli.cautions import cautions
from pipelines.cli.headlines import of_this_state
from pipelines.cli.run import QUIET, failure, interrupted, noted_as_canceled
from pipelines.home import AS_OF, OVERLAY


def failed(name: str, cause: SerializableErrorInfo | None = None) -> SerializableErrorInfo:
    return SerializableErrorInfo("", [], name, cause)


def test_ctrl_c_is_seen_wherever_it_was_met() -> None:
    assert interrupted(failed("DagsterExecutionStepExecutionError", failed("SourceError", failed("InterruptException"))))
    assert interrupted(failed("DagsterExecutionInterruptedError"))
    assert not interrupted(failed("DagsterExecutionStepExecutionError", failed("SourceError")))


def test_a_run_that_was_interrupted_is_called_canceled_and_what_it_did_not_check_skipped() -> None:
    @dg.asset(check_specs=[dg.AssetCheckSpec("rows_and_keys", asset="price")])
    def price() -> dg.MaterializeResult:
        raise KeyboardInterrupt

    run_id, job = str(uuid4()), dg.Definitions([price]).resolve_implicit_global_asset_job_def()

    def interrupted_run(instance: dg.DagsterInstance) -> None:
        with noted_as_canceled(instance, run_id):
            failure(job.execute_in_process(instance=instance, raise_on_error=False, run_config=QUIET, run_id=run_id).all_events)

    with dg.DagsterInstance.ephemeral() as instance:
        with pytest.raises(KeyboardInterrupt):
            interrupted_run(instance)
        run = instance.get_run_by_id(run_id)
    assert run is not None
    assert run.status is dg.DagsterRunStatus.CANCELED, (
        "Dagster shows planned checks of a canceled run as skipped, of a failed one as failed"
    )


def checked(problem: str, was_asked: bool, less: str = "none") -> Any:
    facts = {
        "damage": "none",
        "less": less,
        "problem": problem,
        "was_asked": was_asked,
        "source": "eia",
        "in_use": "the vintage of 2026-11-26 is in use",
    }
    found = SimpleNamespace(
        passed=False, severity=SimpleNamespace(value="WARN"), check_name="refreshed",
        metadata={name: SimpleNamespace(value=value) for name, value in facts.items()},
    )  # fmt: skip
    return SimpleNamespace(event_type_value="ASSET_CHECK_EVALUATION", asset_check_evaluation_data=found)


def test_who_was_not_asked_for_want_of_a_key_did_not_fail() -> None:
    events = [checked("last refresh failed (2026-11-26): no connection", True), checked("not asked (2026-11-26): needs EIA_API_KEY", False)]
    (told,) = cautions(events, live=False)
    assert told.startswith("1 source could not be refreshed when last asked for")
    assert list(cautions(events[1:], live=False)) == []
    assert len(list(cautions(events, live=True))) == 2, "a run that was to ask everybody says whom it could not"


def test_hints_ask_for_the_state_that_was_made(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv(AS_OF, raising=False)
    monkeypatch.delenv(OVERLAY, raising=False)
    assert of_this_state() == ""
    monkeypatch.setenv(AS_OF, "2026-11-24")
    monkeypatch.setenv(OVERLAY, "my own")
    assert of_this_state() == " --as-of 2026-11-24 --overlay 'my own'"


def test_what_a_vintage_lost_is_told_whoever_is_asked() -> None:
    less = "ember: 73 rows and 57 facts fewer than the vintage before"
    assert list(cautions([checked("none", True, less)], live=False)) == list(cautions([checked("none", True, less)], live=True)) == [less]
