"""Every figure the cost chain uses, by name, as an array of draws, with a record of what was asked for.

Only `current` figures are used. A figure that is not there is an error that names it, or None where the caller
says that it may be missing; it is never a default.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from graph.cost.samples import DRAWS, SEED, draw
from graph.cost.traced import Number, central, traced

Array = NDArray[np.float64]
OVERLAY = "overlay"
"""Source of a user's own figures."""


class MissingFigure(LookupError):
    """The chain needs a figure that no source gives. `nodes` are the things that it is about: whose it is, and who needs it."""

    def __init__(self, figure: str, why: str, needed_by: str | None = None) -> None:
        self.figure, self.why, self.needed_by = figure, why, needed_by
        entity, _, name = figure.rpartition(".")
        self.nodes = frozenset({entity, *([needed_by] if needed_by else [])})
        file = "price.csv" if entity.startswith("item:") and name == "price" else "parameter.csv"
        super().__init__(f"{why} needs the figure {figure}, which no current row gives: add it to a {file} with its source and range")

    def __reduce__(self) -> tuple[type[MissingFigure], tuple[str, str, str | None]]:
        return MissingFigure, (self.figure, self.why, self.needed_by)  # it passes between processes


class Figures:
    """Current parameters, prices and quantities, drawn on first use.

    Parameters
    ----------
    parameters, prices, requirements : core tables (`sources.records`)
    draws, seed : see `graph.cost.samples.draw`; `draws=0` gives central values only
    """

    def __init__(
        self, parameters: pd.DataFrame, prices: pd.DataFrame, requirements: pd.DataFrame, draws: int = DRAWS, seed: int = SEED
    ) -> None:
        self.draws, self.seed = draws, seed
        self.is_traced = False
        self._rows: dict[str, tuple[float, float, float]] = {}
        self._grades: dict[str, str] = {}
        self._own: set[str] = set()
        self._arrays: dict[str, Number] = {}
        self._add(parameters, parameters["entity_id"] + "." + parameters["parameter"])
        self._add(prices, "item:" + prices["item_id"] + ".price")
        self._add(requirements, "quantity:" + requirements["requirement_id"])

    def _add(self, frame: pd.DataFrame, names: pd.Series) -> None:
        kept = (frame["status"] == "current") & frame["central"].notna()
        bounds = frame.loc[kept, ["low", "central", "high"]].to_numpy(dtype=float)
        for name, (low, mid, high), grade in zip(names[kept], bounds, frame.loc[kept, "grade"], strict=True):
            self._rows[name] = (low, mid, high)
            self._grades[name] = grade
        self._own |= set(names[kept & (frame["source_id"] == OVERLAY)])

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def at_center(self) -> Figures:
        """The same figures at their central values alone."""
        same = copy(self)
        same.draws, same.is_traced, same._arrays = 0, False, {}
        return same

    def with_known(self, values: Mapping[str, float]) -> Figures:
        """The same figures, but these known exactly, as somebody asks for them; each must be there already."""
        same = copy(self)
        for name in values:
            self.get(name, "what is asked for")
        same._rows = self._rows | {name: (value, value, value) for name, value in values.items()}
        same._arrays = {name: array for name, array in self._arrays.items() if name not in values}
        same._own = self._own | set(values)
        return same

    def with_more(self, rows: Mapping[str, tuple[float, float, float, str]]) -> Figures:
        """The same figures and others by name, which no row of their own gives: (low, central, high, grade)."""
        same = copy(self)
        same._rows = self._rows | {name: (low, mid, high) for name, (low, mid, high, _) in rows.items()}
        same._grades = self._grades | {name: grade for name, (*_, grade) in rows.items()}
        same._arrays = {name: array for name, array in self._arrays.items() if name not in rows}
        return same

    def as_traced(self) -> Figures:
        """The same figures as numbers that remember what is computed from them."""
        same = copy(self)
        same.is_traced, same._arrays = True, {}
        return same

    def given(self, values: Mapping[str, Number]) -> Figures:
        """The same figures but for some, which are as said here: another place's tariff, one for each of many places.

        Arrays broadcast with the others' draws. What is derived from the result (`at_center`, `as_traced`) has the published
        figures again.

        Raises
        ------
        MissingFigure
            A figure that is not there has no one to stand in for.
        """
        for name in values:
            if name not in self._rows:
                raise MissingFigure(name, "what is given in its place")
        same = copy(self)
        same._arrays = {**self._arrays, **values}
        return same

    def get(self, name: str, why: str) -> Number:
        """Draws of a figure such as `board:h100.tdp`. MissingFigure where there is none; `why` names who needs it."""
        if name not in self._rows:
            raise MissingFigure(name, why)
        if name not in self._arrays:
            self._arrays[name] = self._number(name, *self._rows[name])
        return self._arrays[name]

    def _number(self, name: str, low: float, mid: float, high: float) -> Number:
        if self.is_traced:
            return traced(name, mid)
        return draw(name, low, mid, high, self.draws, self.seed) if self.draws else np.asarray(mid)

    def of(self, entity: str, why: str) -> Callable[[str], Number]:
        """The figures of one entity, by parameter: `of("board:h100", why)("tdp")` is `get("board:h100.tdp", why)`."""

        def parameter_of_entity(parameter: str) -> Number:
            return self.get(f"{entity}.{parameter}", why)

        return parameter_of_entity

    def find(self, name: str) -> Number | None:
        """Draws of a figure, or None."""
        return self.get(name, "") if name in self._rows else None

    def central(self, name: str, why: str) -> float:
        """The central value alone, for what is a count or a choice."""
        return central(self.get(name, why))

    def bounds(self, name: str) -> tuple[float, float, float]:
        """(low, central, high) of a figure that is there."""
        return self._rows[name]

    def grade(self, name: str) -> str:
        return self._grades[name]

    def is_own(self, name: str) -> bool:
        """Whether a figure is the user's own, from an overlay."""
        return name in self._own
