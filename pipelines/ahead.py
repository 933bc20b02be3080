"""Work begun ahead: a pure computation runs in a process of its own while the steps before its asset's are still made.

Dagster runs one step after the other, in one process. A computation that needs two processor-seconds and only the records can be
begun as soon as those are there; its asset then asks for the answer, which is mostly ready. Where there is no second processor,
or nothing was begun, the asset computes it itself: begun or not, the answer is the same.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent import futures
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from typing import Any, TypeVar

Answer = TypeVar("Answer")

_begun: dict[str, Future[Any]] = {}
_kept: dict[str, Any] = {}
"""In the process beside: answers that were found before anybody began them."""


def begin(key: str, function: Callable[..., Any], *arguments: Any) -> None:
    """Begin `function(*arguments)` elsewhere. The key names it with all it depends on; one that is begun is not begun again."""
    if key in _begun or os.cpu_count() == 1:
        return
    with _unbroken():
        _begun[key] = _pool().submit(_kept_or_computed, key, function, *arguments)


def warm(*modules: str, wait: bool = False) -> None:
    """Let the process beside this one load modules, so that they are there when something is begun; perhaps wait for it."""
    if os.cpu_count() != 1:
        with _unbroken():
            loaded = [_pool().submit(import_module, module) for module in modules]
            if wait:
                futures.wait(loaded)


def call(module: str, function: str) -> None:
    """Let the process beside this one call a function of a module that this one need not load; what comes of it stays there."""
    if os.cpu_count() != 1:
        with _unbroken():
            _pool().submit(_called, module, function)


def keep(key: str, answer: object) -> None:
    """In the process beside: hold an answer until it is begun under its key, and with that asked for."""
    _kept[key] = answer


def _called(module: str, function: str) -> None:
    getattr(import_module(module), function)()


def _kept_or_computed(key: str, function: Callable[..., Answer], *arguments: Any) -> Answer:
    found: Answer = _kept.pop(key) if key in _kept else function(*arguments)
    return found


@contextmanager
def _unbroken() -> Iterator[None]:
    """Where the process beside has ended (from outside, or for want of memory), nothing is begun: the next one is asked of a new one."""
    try:
        yield
    except BrokenProcessPool:
        _pool.cache_clear()


@cache
def _pool() -> ProcessPoolExecutor:
    """One process beside this one, for one computation after the other; it ends with this one."""
    # Begun anew, not forked: this process has threads, and what they hold would stay held in a copy of it.
    return ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))


def end() -> None:
    """End the process beside at once: what it computes is waited for by nobody, as after a failure."""
    _begun.clear()
    for process in multiprocessing.active_children():
        process.terminate()
    _pool.cache_clear()


def answer(key: str, function: Callable[..., Answer], *arguments: Any, more_to_come: bool = False) -> Answer:
    """What was begun under this key, once it is there; or else computed here. What the function raises is raised here.

    The process beside ends with the last answer that was begun, unless more is to come.
    """
    begun = _begun.pop(key, None)
    if begun is not None:
        try:
            found: Answer = begun.result()
            if not _begun and not more_to_come:
                _pool().shutdown(wait=False)  # nothing else is waited for: its memory is taken apart while this one goes on
                _pool.cache_clear()
            return found
        except BrokenProcessPool:  # the process was ended from outside, or found no memory
            _pool.cache_clear()
    return function(*arguments)
