"""Many boards, models and workloads at once: their figures as columns, one row each, so that one formula takes all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from graph.cost.deployment import Machine
from graph.cost.operating_point import Demand
from graph.cost.throughput import Accelerator, Efficiency, LanguageModel

Array = NDArray[np.float64]
Rows = NDArray[np.intp]
T = TypeVar("T", LanguageModel, Accelerator, Efficiency, Demand)


@dataclass(frozen=True)
class Machines:
    """N machines, every figure of shape (N, 1), or (N, 1 + draws) where it is drawn; (1, ...) where it is the same for all of them."""

    model: LanguageModel
    chip: Accelerator
    efficiency: Efficiency
    demand: Demand

    def at(self, rows: Rows) -> Machines:
        """The machines of these rows, repeated and ordered as they are given."""
        return self._each(lambda figure: figure if len(figure) == 1 else figure[rows])

    def at_center(self) -> Machines:
        """The same at central figures alone."""
        return self._each(lambda figure: figure[:, :1])

    def _each(self, change: Callable[[Array], Array]) -> Machines:
        return Machines(
            _changed(self.model, change), _changed(self.chip, change), _changed(self.efficiency, change), _changed(self.demand, change)
        )

    @property
    def mean_context(self) -> Array:
        """Tokens behind a sequence while it is decoded, on average."""
        return np.asarray(self.demand.prompt + self.demand.answer / 2.0)

    @property
    def peak_context(self) -> Array:
        """Tokens behind a sequence at its end."""
        return np.asarray(self.demand.prompt + self.demand.answer)


def stacked(machines: Sequence[Machine]) -> Machines:
    """The machines as columns. A model that is wired into its chip weighs nothing here: no weights are read, and none held."""
    models = [m.language if m.chip.reads_weights else replace(m.language, weight_bytes=np.zeros(())) for m in machines]
    return Machines(
        _columns(models),
        replace(_columns([m.chip for m in machines]), reads_weights=True),
        _columns([m.reached for m in machines]),
        _columns([m.asked for m in machines]),
    )


def _columns(rows: Sequence[T]) -> T:
    def column(name: str) -> Any:
        values = [np.atleast_1d(np.asarray(getattr(row, name), dtype=float)) for row in rows]
        if all(np.array_equal(value, values[0]) for value in values[1:]):
            return values[0][None]
        return np.stack(np.broadcast_arrays(*values))

    return replace(rows[0], **{f.name: column(f.name) for f in fields(rows[0])})


def _changed(columns: T, change: Callable[[Array], Array]) -> T:
    found: dict[str, Any] = {f.name: getattr(columns, f.name) for f in fields(columns)}
    changed: dict[str, Any] = {name: change(figure) if isinstance(figure, np.ndarray) else figure for name, figure in found.items()}
    return replace(columns, **changed)
