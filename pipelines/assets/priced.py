"""The priced chain, and which deployments there are, made once in a run for all steps that read them."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from graph.build import Deployment
from graph.cost.figures import Figures
from graph.cost.model import CostModel, Key, price_everything, serviceable

_deployed: dict[str, tuple[list[Deployment], dict[Key, str]]] = {}
_kept: dict[str, tuple[CostModel, Figures]] = {}


def deployed(core: Mapping[str, pd.DataFrame], key: str) -> tuple[list[Deployment], dict[Key, str]]:
    """Which deployments there are, and why the others are not (`serviceable`); arguments as of `priced`."""
    if key not in _deployed:
        _deployed.clear()
        _deployed[key] = serviceable(core, Figures(core["parameter"], core["price"], core["requirement"], draws=0))
    return _deployed[key]


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
        _kept[key] = price_everything(core, figures, *deployed(core, key)), figures
    return _kept[key]
