"""What a first run begins before its records are written: what it is computed from is what the run then records."""

from __future__ import annotations

import pytest

from pipelines import ahead, beforehand, memo
from pipelines.home import ENVIRONMENT, Home


def test_records_foreseen_are_those_that_the_run_makes(published: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(published.root))
    foreseen, frames = beforehand.shipped_records()
    made = memo.known(foreseen)
    assert {name: one.content for name, one in foreseen.items()} == {name: one.content for name, one in made.items()}
    assert {name: len(frame) for name, frame in frames.items()} == {name: one.rows for name, one in made.items()}


def test_what_was_kept_is_given_to_who_begins_it_and_only_to_them() -> None:
    ahead.call("tests.integration.test_beforehand", "keep_one")
    ahead.begin("foreseen", _never)
    ahead.begin("another", float, "2")
    assert ahead.answer("foreseen", _never) == "kept"
    assert ahead.answer("another", float, "2") == 2.0


def keep_one() -> None:
    """What the process beside is let call."""
    ahead.keep("foreseen", "kept")


def _never() -> str:
    raise AssertionError("what is kept is not computed")
