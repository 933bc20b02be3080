"""What takes long and follows from records or costs alone, computed in the process beside this one (`pipelines/ahead.py`).

Each is begun when its inputs are there, and asked for by its asset, which comes late in a run. A first run does not wait for the
records: `foresee` assembles what the repository ships while the run itself still loads Dagster and writes tables one by one. An
answer goes by the contents of the tables it was computed from; where the run's turn out otherwise, it is computed anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import duckdb
import pandas as pd

from graph.cost import frontier_results, harness_results, optimum_answer, sensitivity_results
from graph.cost.harness_tables import HarnessOrSilicon, HarnessStage, ListPrice
from graph.cost.optimum_tables import OPTIMUM_TABLES
from graph.cost.sensitivity_tables import Band, Elasticity
from graph.risk import cascade_results, chokepoint_results, ntier_results, stress_results, supply
from graph.risk.cascade_tables import Cascade
from graph.risk.ntier_tables import NtierHhi
from graph.risk.scenario import digest
from pipelines import ahead, memo, state, warehouse
from pipelines.warehouse import read_tables
from sources import catalog, reading
from sources.columns import Table


@dataclass(frozen=True)
class Beforehand:
    """Tables that a pure function of other tables fills: begun when its inputs are there, asked for by its asset.

    outputs, inputs : table names; more : what else the outputs depend on (see `declare.unless_unchanged`)
    function : of the inputs by name without schema; importable, and so is what it returns
    beside : tables that its asset reads too, but the function does not: for a check, or for another of its tables
    """

    outputs: tuple[str, ...]
    inputs: tuple[str, ...]
    function: Callable[[dict[str, pd.DataFrame]], Any]
    more: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    @property
    def read(self) -> tuple[str, ...]:
        """All that its asset reads."""
        return (*self.inputs, *self.beside)

    def begin(self, also_if_made: bool = False) -> None:
        """Begin to compute in a process of its own; not where the tables are as they would be made again."""
        known = memo.known([*self.read, *self.outputs])
        if also_if_made or not memo.is_made(known, self.outputs, memo.key_of(known, self.read, self.more)):
            ahead.begin(memo.key_of(known, self.inputs, self.more), self.function, read_tables(self.inputs))

    def answer(self) -> Any:
        """What the function returns."""
        key = memo.key_of(memo.known(self.inputs), self.inputs, self.more)
        return ahead.answer(key, self.function, read_tables(self.inputs))


def of(
    tables: Iterable[type[Table]],
    core: Iterable[str],
    function: Callable[..., Any],
    further: Iterable[str] = (),
    more: str = "",
    beside: Iterable[str] = (),
) -> Beforehand:
    """Tables that follow from core tables, given without schema, and from further ones."""
    inputs = (*(f"core.{name}" for name in core), *further)
    return Beforehand(tuple(table.table for table in tables), inputs, function, (more,) if more else (), tuple(beside))


STRESS = of(stress_results.TABLES, supply.CORE, stress_results.stress_results, more=digest())
OPTIMUM = of(OPTIMUM_TABLES, optimum_answer.CORE, optimum_answer.default_tables)
SENSITIVITY = of((Elasticity, Band), sensitivity_results.CORE, sensitivity_results.sensitivity)
CHOKEPOINTS = of(chokepoint_results.TABLES, chokepoint_results.CORE, chokepoint_results.chokepoint_results)
FRONTIER = of(frontier_results.TABLES, frontier_results.CORE, frontier_results.frontier_results, beside=("cost.served_token",))
FROM_RECORDS = (STRESS, OPTIMUM, SENSITIVITY, CHOKEPOINTS, FRONTIER)
"""The longest first."""

CASCADE = of((Cascade,), cascade_results.CORE, cascade_results.cascade_results, ("cost.price", "cost.price_edge"))
HARNESS = of(
    (HarnessStage, HarnessOrSilicon, ListPrice),
    harness_results.CORE,
    harness_results.published_answer,
    ("cost.useful_token",),
    beside=("core.site", "core.benchmark", "core.model_price"),
)
NTIER = of((NtierHhi,), ntier_results.CORE, ntier_results.ntier_results, ("graph.edge", "cost.price", "cost.price_edge"))
FROM_COSTS = (CASCADE, HARNESS, NTIER)


def foresee() -> None:
    """Compute what follows from the records that the repository ships, and keep it until it is begun; in the process beside.

    What goes wrong here goes wrong again where an asset asks for the answer, and is told there.
    """
    known, frames = shipped_records()
    for one in FROM_RECORDS if known else ():
        core = {name.split(".")[1]: frames[name].copy(deep=False) for name in one.inputs}
        ahead.keep(memo.key_of(known, one.inputs, one.more), one.function(core))


def shipped_records() -> tuple[dict[str, memo.Made], dict[str, pd.DataFrame]]:
    """Tables of records by name, as a first run makes them: their contents, and themselves. None where the run will meet a problem."""
    made, _ = catalog.assemble([reading.shipped(folder) for folder in state.folders()])
    if made.problems:
        return {}, {}
    needed = {name for one in FROM_RECORDS for name in one.inputs}
    with duckdb.connect() as connection:  # types and contents are those of tables, not of frames
        connection.execute("create schema core")
        for table in catalog.TABLES:
            if table.record.table in needed:
                warehouse.write(connection, table.record, made.tables[table.name])
        return memo.found(connection, "", dict.fromkeys(sorted(needed), ())), {name: warehouse.read(connection, name) for name in needed}
