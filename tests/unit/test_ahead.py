"""Work begun ahead: the answer is the same whether it was begun, not begun, or ended from outside."""

from __future__ import annotations

import math
import multiprocessing
import os
import pickle
import time
from concurrent import futures

import pytest

from graph.cost.figures import MissingFigure
from graph.cost.rollup import Contradiction
from pipelines import ahead


def test_what_was_begun_is_computed_in_a_process_of_its_own() -> None:
    ahead.begin("whose", os.getpid)
    assert ahead.answer("whose", os.getpid) != os.getpid()


def test_what_was_not_begun_is_computed_here() -> None:
    assert ahead.answer("not begun", os.getpid) == os.getpid()


def test_an_answer_is_given_once_and_then_computed_anew() -> None:
    ahead.begin("once", os.getpid)
    ahead.answer("once", os.getpid)
    assert ahead.answer("once", os.getpid) == os.getpid()


def test_begun_twice_is_begun_once() -> None:
    ahead.begin("twice", math.sqrt, 4.0)
    ahead.begin("twice", math.sqrt, 9.0)
    assert ahead.answer("twice", math.sqrt, 4.0) == 2.0


def test_what_the_function_raises_is_raised_where_it_is_asked() -> None:
    ahead.begin("wrong", math.sqrt, -1.0)
    with pytest.raises(ValueError, match=r"math domain error|nonnegative"):
        ahead.answer("wrong", math.sqrt, -1.0)


def test_a_process_ended_from_outside_costs_time_and_nothing_else() -> None:
    ahead.begin("ended", _end_unless, os.getpid())
    assert ahead.answer("ended", _end_unless, os.getpid()) == "computed here"


def test_where_the_process_has_ended_nothing_is_begun_and_the_next_is_begun_in_a_new_one() -> None:
    ahead.begin("ends it", _end_unless, os.getpid())
    futures.wait([ahead._begun["ends it"]])
    ahead.begin("after it", os.getpid)
    assert ahead.answer("after it", os.getpid) == os.getpid()
    ahead.begin("in a new one", os.getpid)
    assert ahead.answer("in a new one", os.getpid) != os.getpid()
    assert ahead.answer("ends it", _end_unless, os.getpid()) == "computed here"


def test_what_figures_get_wrong_is_told_by_the_process_beside_as_it_is_here() -> None:
    """An error that cannot be put together again on the way back would end the process instead."""
    for error in (Contradiction("it costs more than it sells for", {"item:gas"}), MissingFigure("item:gas.price", "neon")):
        back = pickle.loads(pickle.dumps(error))
        assert (type(back), str(back), vars(back)) == (type(error), str(error), vars(error))


def test_one_processor_begins_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    ahead.begin("alone", os.getpid)
    assert ahead.answer("alone", os.getpid) == os.getpid()


def _end_unless(here: int) -> str:
    if os.getpid() != here:
        os._exit(9)
    return "computed here"


def test_what_nobody_waits_for_is_ended_and_the_next_is_begun_anew() -> None:
    ahead.end()  # of what other tests began
    ahead.begin("an hour", time.sleep, 3600.0)
    beside = multiprocessing.active_children()
    ahead.end()
    assert beside
    while any(process.is_alive() for process in beside):  # the limit of any test is far below the hour
        time.sleep(0.01)
    ahead.begin("next", os.getpid)
    assert ahead.answer("next", os.getpid) != os.getpid()
