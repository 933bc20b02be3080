"""The priced chain, made once in a run for all steps that read it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from graph.cost.figures import Figures
from graph.cost.model import CostModel, price_everything, serviceable

_kept: dict[str, tuple[CostModel, Figures]] = {}


def priced(core: Mapping[str, pd.DataFrame], key: str) -> tuple[CostModel, Figures]:
    """The whole chain in draws, and its figures.

    Parameters
    ----------
    core : records by table name; key : names their contents. The one that was made last is kept

    Raises
    ------
    MissingFigure, Contradiction
        As `price_everything` does.
    """
    if key not in _kept:
        _kept.clear()
        figures = Figures(core["parameter"], core["price"], core["requirement"])
        _kept[key] = price_everything(core, figures, *serviceable(core, figures.at_center())), figures
    return _kept[key]
