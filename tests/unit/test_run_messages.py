"""How a run's end is told."""

from __future__ import annotations

from dagster._utils.error import SerializableErrorInfo

from pipelines.cli.headlines import of_this_state
from pipelines.cli.run import interrupted
from pipelines.home import AS_OF, OVERLAY


def failed(name: str, cause: SerializableErrorInfo | None = None) -> SerializableErrorInfo:
    return SerializableErrorInfo("", [], name, cause)


def test_ctrl_c_is_seen_wherever_it_was_met() -> None:
    assert interrupted(failed("DagsterExecutionStepExecutionError", failed("SourceError", failed("InterruptException"))))
    assert interrupted(failed("DagsterExecutionInterruptedError"))
    assert not interrupted(failed("DagsterExecutionStepExecutionError", failed("SourceError")))


def test_hints_ask_for_the_state_that_was_made(monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.delenv(AS_OF, raising=False)
    monkeypatch.delenv(OVERLAY, raising=False)
    assert of_this_state() == ""
    monkeypatch.setenv(AS_OF, "2026-11-24")
    monkeypatch.setenv(OVERLAY, "my own")
    assert of_this_state() == " --as-of 2026-11-24 --overlay 'my own'"
