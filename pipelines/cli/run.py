"""`stackgraph run`: materialise, publish, and say what came out."""

from __future__ import annotations

import gc
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from pipelines import ahead
from pipelines.cli.cautions import cautions
from pipelines.cli.disk import unwritable, writing
from pipelines.cli.errors import Failed, Unusable, unharmed
from pipelines.cli.headlines import headlines
from pipelines.cli.instance import discard, label, prepare, settle
from pipelines.cli.output import say
from pipelines.home import AS_OF, OVERLAY, home

if TYPE_CHECKING:
    from dagster import DagsterEvent, DagsterInstance
    from dagster._utils.error import SerializableErrorInfo

    from sources.errors import Problem


_CLASS = re.compile(r"^([a-z_]+(\.\w+)+|ValueError): ")
"""The name of an exception's class before its message."""
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
"""Dagster's log goes to the UI; the terminal gets the outcome."""


def materialise(select: str | None, live: bool = False) -> None:
    """Run every asset, or a selection, in this process; `live` asks the publishers first."""
    public = home()
    with writing():
        known_then()
    try:
        with writing():
            settle()
            prepare()
        make(select, live)
        with writing():
            label(public)
    except BaseException:  # Ctrl-C too: a first run that made nothing leaves nothing
        ahead.end()
        discard(public)
        raise
    if select is None:
        headlines(home())
    else:
        say(f"materialised: {select}")


def make(select: str | None, live: bool) -> None:
    """Materialise in the folder and with the variables that `settle` and `prepare` have set; Failed or Unusable where it does not succeed."""
    from pipelines import state

    overlaid = os.environ.get(OVERLAY) is not None
    if overlaid:  # while Dagster is loaded
        ahead.begin(OVERLAY, state.problems_of_overlay)
    if not (home().warehouse.exists() or live or select):
        ahead.call("pipelines.beforehand", "foresee")
    else:
        ahead.warm("pipelines.beforehand", "graph.risk.kernels")
    gc.disable()  # the command ends with the run: looking for cycles among its millions of objects took a twelfth of it
    import dagster as dg
    from dagster._core.errors import DagsterError

    from pipelines import warehouse
    from pipelines.assets.tags import LIVE
    from sources.errors import SourceError

    try:
        from pipelines.definitions import defs
    except SourceError as error:  # a declaration or an overlay that cannot be read
        raise (Unusable if of_overlay(str(error)) else Failed)(str(error)) from None

    if overlaid:
        refuse(ahead.answer(OVERLAY, state.problems_of_overlay, more_to_come=True))
    job = defs.resolve_implicit_global_asset_job_def() if select is None else None
    try:
        job = job or defs.resolve_implicit_global_asset_job_def().get_subset(asset_selection=selected(select))
    except (DagsterError, ValueError) as error:
        raise Unusable(f"cannot select {select!r}: {error}") from None
    with writing(), dg.DagsterInstance.get() as instance, one_at_a_time(), noted_as_canceled(instance, run_id := str(uuid4())):
        progress = Progress(len(job.nodes))
        with warehouse.session(home().warehouse):
            tags = {LIVE: "all"} if live else {}
            result = job.execute_in_process(instance=instance, raise_on_error=False, run_config=QUIET, tags=tags, run_id=run_id)
        progress.close()
        if not result.success:
            told = failure(result.all_events)
            raise Unusable(told) if of_overlay(told) else Failed(told)
    for warning in cautions(result.all_events, live):
        say(f"warning: {warning}")


def refuse(problems: list[Problem]) -> None:
    """Unusable with all problems of an overlay, where there are any."""
    from sources.errors import SourceError

    if problems:
        raise Unusable(f"{SourceError(problems)}\n{unharmed()}")


def of_overlay(told: str) -> bool:
    """Whether what went wrong is told with rows of the overlay that was given."""
    given = os.environ.get(OVERLAY)
    return given is not None and (f"{Path(given)}/" in told or str(Path(given).resolve()) in told)


def known_then() -> None:
    """Refuse an overlay that is none, or has rows that are none, and a day before anything was known, before a folder is made for it."""
    from pipelines import state
    from sources.errors import SourceError

    try:
        ours = [folder.id for folder in state.folders() if folder.connector is None]
    except SourceError as error:
        raise (Unusable if of_overlay(str(error)) else Failed)(str(error)) from None
    if os.environ.get(OVERLAY) is not None:
        refuse(state.unreadable_rows_of_overlay())
    day = os.environ.get(AS_OF)
    if day is None:
        return
    if why := state.too_early(day):
        raise Failed(why)
    try:
        for source_id in ours:
            state.in_use(source_id)
    except SourceError as error:
        raise Failed("; ".join(problem.what for problem in error.problems)) from None


@contextmanager
def noted_as_canceled(instance: DagsterInstance, run_id: str) -> Iterator[None]:
    """Have Dagster call a run that was interrupted canceled: it calls it failed, and with it each check that was still to come."""
    try:
        yield
    except KeyboardInterrupt:
        if run := instance.get_run_by_id(run_id):
            instance.report_run_canceled(
                run, "Interrupted with Ctrl-C. Nothing was published; checks that were still to come were skipped."
            )
        raise


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """A run writes the warehouse alone, and rebuilds all of it: neither another run nor a broken file is a mystery."""
    import duckdb

    file = home().warehouse
    try:
        yield
    except duckdb.IOException as error:
        if "lock" in str(error):
            raise Failed(f"another run is writing {file}: wait until it has ended") from None
        if unwritable(str(error)):
            raise
        raise Failed(f"{file} cannot be read as a database: delete it, a run makes it anew. DuckDB says: {error}") from None


def selected(select: str | None) -> frozenset[object]:
    """The asset keys of a Dagster selection string."""
    import dagster as dg

    from pipelines.definitions import ASSETS

    found = dg.AssetSelection.from_string(select or "*").resolve(ASSETS)
    if not found:
        raise ValueError("it matches no asset")
    return frozenset(found)


class Progress:
    """A line on the terminal while the run works; nothing where stderr is no terminal."""

    def __init__(self, steps: int) -> None:
        self._shown = sys.stderr.isatty()
        if self._shown:
            print(f"materialising {steps} steps ...", end="", file=sys.stderr, flush=True)

    def close(self) -> None:
        if self._shown:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def interrupted(error: SerializableErrorInfo | None) -> bool:
    """Whether Ctrl-C is behind an error, whoever met it: Dagster, or DuckDB in the middle of a query."""
    return error is not None and ("Interrupt" in (error.cls_name or "") or interrupted(error.cause))


def failure(events: list[DagsterEvent]) -> str:
    """What went wrong first, in the words of whoever found it; the published file is as it was."""
    lines = []
    for event in events:
        if event.is_step_failure and event.step_failure_data.error:
            error = event.step_failure_data.error
            cause = error.cause or error
            if cause.cls_name == "DagsterAssetCheckFailedError":  # the check itself says more
                continue
            if interrupted(error):
                raise KeyboardInterrupt
            line = _CLASS.sub("", cause.message.strip(), count=1)
            if not any(told.endswith(f": {line}") for told in lines):  # several steps may meet the same
                lines.append(f"{event.step_key}: {line}")
        elif event.event_type_value == "ASSET_CHECK_EVALUATION" and not event.asset_check_evaluation_data.passed:
            found = event.asset_check_evaluation_data
            if found.severity.value == "WARN":
                continue
            facts = "; ".join(f"{k.replace('_', ' ')} = {v.value}" for k, v in found.metadata.items())
            lines.append(f"check {found.check_name} of {'.'.join(found.asset_key.path)} failed: {facts}")
    text = "\n".join(lines) or "the run failed; see `stackgraph ui`"
    return unwritable(text) or f"{text}\n{unharmed()}"
