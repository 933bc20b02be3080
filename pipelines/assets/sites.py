"""cost.site_choice, cost.site_effect and cost.fabric: what a useful token costs where, how far that moves it, and over which network."""

from __future__ import annotations

from collections.abc import Iterator

import dagster as dg
import pandas as pd

from graph.cost.site_choice import PARTS
from graph.cost.site_choice_results import published, site_tables
from graph.cost.site_choice_tables import SITE_CHOICE_TABLES, FabricCost, SiteChoice, SiteEffect
from pipelines.assets.declare import Result, blocking_checks, checked, contents_key, key_check, spec, stored, unless_unchanged
from pipelines.assets.priced import priced
from pipelines.assets.results import COST_INPUTS, ROUNDING
from pipelines.warehouse import read_tables

INPUTS = [f"core.{name}" for name in COST_INPUTS]
QUEUE = "core.queue_entry"
CHECKS = {
    SiteChoice: {
        "parts_are_the_cost": "Power, facility, waiting, server, network and the rest sum to the cost of a useful token.",
        "dearer_power_never_costs_less": "At one place, of two contracts with the same wait the dearer power makes the dearer token.",
        "every_tariff_is_compared": "Every region with a current tariff is compared, on every board.",
    },
    FabricCost: {"mix_is_what_sites_pay": "The mix of networks costs what the published tables of sites have for the network."},
}


@dg.multi_asset(
    specs=[
        spec(t, t.table, "cost", ["cost.useful_token", "core.parameter", "core.site", QUEUE], kinds=["numpy"]) for t in SITE_CHOICE_TABLES
    ],
    check_specs=[
        *(key_check(t.table) for t in SITE_CHOICE_TABLES),
        *blocking_checks(CHECKS),
    ],
    name="sites",
)
def sites() -> Iterator[Result]:
    yield from unless_unchanged([t.table for t in SITE_CHOICE_TABLES], [*INPUTS, QUEUE], _sites)


def _sites() -> Iterator[Result]:
    core = read_tables([*INPUTS, QUEUE])
    model, figures = priced(core, contents_key(INPUTS))
    found = site_tables(model, core, figures, published(model, core))
    yield stored(SiteChoice, found.choice)
    yield stored(SiteEffect, found.effect)
    yield stored(FabricCost, found.fabric)
    choice = found.choice
    apart = float((choice[[f"{part}_usd" for part in PARTS]].sum(axis=1) / choice["usd_central"] - 1).abs().max())
    yield checked(SiteChoice.table, "parts_are_the_cost", apart < ROUNDING, {"rows": len(choice), "largest_deviation": apart})
    wrong = dearer_but_cheaper(choice)
    yield checked(SiteChoice.table, "dearer_power_never_costs_less", not wrong, {"against_it": "; ".join(wrong[:9]) or "none"})
    rows = core["parameter"]
    tariffs = set(rows.loc[(rows["parameter"] == "tariff") & (rows["status"] == "current"), "entity_id"].str.removeprefix("region:"))
    lost = sorted({f"{r} on {b}" for b, mine in choice.groupby("board_id")["region"] for r in tariffs - set(mine)})
    yield checked(
        SiteChoice.table, "every_tariff_is_compared", not lost, {"regions": len(tariffs), "left_out": "; ".join(lost[:9]) or "none"}
    )
    mix = found.fabric[found.fabric["fabric"] == "scale_out_network"].set_index("board_id")["usd_central"]
    off = float((choice.drop_duplicates("board_id").set_index("board_id")["network_usd"] / mix - 1).abs().max())
    yield checked(FabricCost.table, "mix_is_what_sites_pay", off < ROUNDING, {"largest_deviation": off})


def dearer_but_cheaper(choice: pd.DataFrame) -> list[str]:
    """Places where, of two contracts through the same grid, the one with the dearer power gives the cheaper token."""
    through_grid = choice[choice["contract"] != "gas"].sort_values("tariff_central")
    steps = through_grid.groupby(["board_id", "region", "cooling"], sort=False)["usd_central"].diff()
    at = through_grid[steps < -ROUNDING * through_grid["usd_central"]]
    return (at["region"] + " on " + at["board_id"] + ", " + at["contract"]).tolist()


ASSETS = [sites]
