"""The published chokepoints of the stack, and what is true of them if they are right.

Published are the boards on sale and the things a reader asks for first, by organisation and by country, up to pairs. Other items,
the views by offer, owner and grid region, longer cut sets and partial losses are computed when they are asked for
(`stackgraph chokepoints`, `stackgraph cutsets`).
"""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from graph.risk.chokepoint_checks import breaks, raised_by_a_second_source, supplies, wrong_cut_sets
from graph.risk.chokepoint_tables import MinCutSet, Spof, TopProbability
from graph.risk.chokepoints import LEAST, tables
from graph.risk.finding import Finding
from graph.risk.supply_things import By
from sources.columns import Table

CORE = ("item", "board", "offer", "share", "requirement", "organisation")
TABLES: tuple[type[Table], ...] = (Spof, MinCutSet, TopProbability)
VIEWS: tuple[By, ...] = ("organisation", "country")
HEADLINES = ("item:gb200_nvl72", "item:ai_accelerator")
"""Beside the boards on sale."""
SAMPLE = 2
"""So many sole-sourced offers are given a second source to see that this never raises risk."""


class ChokepointResults(NamedTuple):
    """The tables of chokepoints, and what was found true of them."""

    tables: dict[type[Table], pd.DataFrame]
    findings: list[Finding]


def chokepoint_results(core: dict[str, pd.DataFrame]) -> ChokepointResults:
    """Single points of failure, cut sets and probabilities of the published targets; `core` holds the tables `CORE` by name."""
    on_sale = core["board"][core["board"]["status"] == "shipping"]["board_id"]
    targets = [f"board:{board}" for board in on_sale]
    targets += [target for target in HEADLINES if target.removeprefix("item:") in set(core["item"]["item_id"])]
    made = dict(zip(TABLES, tables(core, targets, VIEWS, max_order=2, least=LEAST), strict=True))
    supply = supplies(core, made[Spof])
    return ChokepointResults(
        made,
        [
            Finding(Spof, "stops_the_target", breaks(supply, made[Spof]), {}),
            Finding(MinCutSet, "minimal", wrong_cut_sets(supply, made[MinCutSet]), {}),
            Finding(
                TopProbability,
                "a_second_source_never_hurts",
                raised_by_a_second_source(core, made[Spof], HEADLINES[0], SAMPLE),
                {},
            ),
        ],
    )
