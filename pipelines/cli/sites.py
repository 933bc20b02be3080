"""`stackgraph sites`: what a useful token costs on a board at each place, how sure that is, and how far the place moves it at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.open import published
from pipelines.cli.output import number, say, show_most
from pipelines.stack import Stack

if TYPE_CHECKING:
    import pandas as pd

    from graph.cost.site_choice_results import SiteTables

OF_DEPLOYMENT = "model_id = ? and workload_id = ? and board_id = coalesce(?, board_id)"
BOARDS = (
    "board_id", "cheapest", "cheapest_usd_low", "cheapest_usd_central", "cheapest_usd_high", "cheaper_share", "middle_usd_central", "dearest",
    "dearest_usd_central", "site_share_central", "site_moves_middle", "site_moves", "estimate_share",
)  # fmt: skip
PLACES = (
    "board_id", "region", "contract", "cooling", "usd_low", "usd_central", "usd_high", "hour_usd_central", "power_usd", "facility_usd",
    "waiting_usd", "server_usd", "network_usd", "other_usd", "tariff_central", "months_central", "wait_basis", "missing",
)  # fmt: skip
"""What fits on a screen; json and csv carry every column."""
MIX = "scale_out_network"
"""The network of the published tables."""


def show_sites(
    workload: str, model: str, board: str | None, regions: list[str], contracts: list[str], coolings: list[str], network: str, limit: int,
    format: str,
) -> None:  # fmt: skip
    """Without a board or place: each board at its cheapest, middle and dearest region. Else every place asked for, the cheapest first."""
    stack = published()
    check(stack, workload, model, board, regions, contracts, coolings, network)
    found = tables(stack, workload, model, board, network)
    frame = found.choice
    for column, wanted in (("region", regions), ("contract", contracts), ("cooling", coolings)):
        frame = frame[frame[column].isin(wanted)] if wanted else frame
    if not len(frame):
        raise Unusable(why_nothing(found.choice, regions, contracts, coolings))
    tell(found, network)
    whole = board is None and not (regions or contracts or coolings)
    if whole:
        frame = found.effect.sort_values("cheapest_usd_central")
        say(
            "Each board in the region that is cheapest for it, the middle one and the dearest, each with its cheapest contract and cooling:"
        )
    else:
        frame = frame.sort_values(["usd_central", "board_id", "region"])
        say(
            "USD per million useful tokens, 5th to 95th percentile; the six parts sum to usd_central. "
            "missing: the widest range known stands in, for a contract's price that of the country."
        )
    shown = list((BOARDS if whole else PLACES) if format == "table" else frame.columns)
    show_most(shown, _cells(frame[shown]), format, limit)


def tables(stack: Stack, workload: str, model: str, board: str | None, network: str) -> SiteTables:
    """What is published of these deployments; computed where it is not."""
    from graph.cost.headline import HEADLINE_MODEL
    from graph.cost.site_choice_results import SiteTables
    from graph.cost.site_choice_tables import SITE_CHOICE_TABLES
    from graph.cost.trace import NotServed

    asked = [model, workload, board]
    if network == MIX and (board is not None or model == HEADLINE_MODEL):
        found = SiteTables(*(stack.sql(f"select * from {table.table} where {OF_DEPLOYMENT}", asked) for table in SITE_CHOICE_TABLES))
        if len(found.choice):
            return found
    try:
        return stack.sites(workload, model, board, network)
    except NotServed as error:
        raise Unusable(str(error)) from None


def tell(found: SiteTables, network: str) -> None:
    """How far the site moves the cost, beside the board; and what joins the accelerators."""
    effect = found.effect
    first = effect.loc[effect["cheapest_usd_central"].idxmin()]
    share, moves, most = (_span(effect[name]) for name in ("site_share_central", "site_moves_middle", "site_moves"))
    say(
        f"{first['model_id']} for {first['workload_id']}, {first['regions']} regions: power, facility and waiting are {share} of a useful token's cost. "
        f"Another region moves it by {moves} (10th to 90th percentile of regions; {most} from the cheapest to the dearest)"
        + (
            f"; another board by {first['board_moves_middle']:.0%} (all that ship; {first['board_moves']:.0%} from end to end)."
            if first["board_moves"] == first["board_moves"] and first["board_moves"] is not None
            else "."
        )
    )
    if len(effect) == 1:
        say(
            f"{first['board_id']}: cheapest in {first['cheapest']}, {number(first['cheapest_usd_central'])} USD ({number(first['cheapest_usd_low'])} to "
            f"{number(first['cheapest_usd_high'])}), in {first['cheaper_share']:.0%} of draws cheaper than the middle region ({first['middle']}, "
            f"{number(first['middle_usd_central'])}). {first['estimate_share']:.0%} of what the site decides there rests on estimates."
        )
        joined = found.fabric.drop_duplicates("fabric")
        said = "; ".join(
            f"{row.fabric} {number(row.accelerator_usd_central)} USD each, {number(row.usd_central)} ({row.grade})"
            for row in joined.itertuples()
        )
        say(f"Network, USD per accelerator and per million useful tokens: {said}. Sites below have {network}; --network takes another.")


def _span(values: pd.Series) -> str:
    low, high = float(values.min()), float(values.max())
    return f"{low:.0%}" if f"{low:.0%}" == f"{high:.0%}" else f"{low:.0%} to {high:.0%}"


def why_nothing(choice: pd.DataFrame, regions: list[str], contracts: list[str], coolings: list[str]) -> str:
    """Which of the options leave no place, and what there is instead."""
    if coolings and not choice["cooling"].isin(coolings).any():
        boards = ", ".join(choice["board_id"].unique()[:4])
        return (
            f"no place has {' or '.join(coolings)} cooling for {boards}: it is built for {' or '.join(sorted(choice['cooling'].unique()))}"
        )
    there = choice[choice["region"].isin(regions)] if regions else choice
    have = ", ".join(there["contract"].unique())
    return (
        f"{' or '.join(contracts)} power has no published price in {', '.join(regions)}, which has {have}: prices of contracts are published for "
        "the USA alone"
    )


def check(
    stack: Stack, workload: str, model: str, board: str | None, regions: list[str], contracts: list[str], coolings: list[str], network: str
) -> None:
    """Unknown ids are named, with the nearest known ones."""
    from graph.cost.places import CONTRACTS
    from graph.cost.site_choice import COOLING_ITEM, FABRICS
    from pipelines.cli.cost import check_ids

    check_ids(stack, board, model, workload)
    query = "(select entity_id[8:] as region from core.parameter where parameter = 'tariff' and status = 'current' and entity_id like 'region:%')"
    for what, values, known in (
        ("region", regions, stack.ids(query, "region") if regions else []),
        ("contract", contracts, list(CONTRACTS)),
        ("cooling", coolings, list(COOLING_ITEM)),
        ("network", [network], list(FABRICS)),
    ):
        for value in values:
            if what == "cooling" and value == "immersion":
                raise Unusable(f"no board of the records is sold for immersion; known coolings: {', '.join(known)}")
            if value not in known:
                raise unknown(what, value, known)


def _cells(frame: Any) -> list[list[Any]]:
    found: list[list[Any]] = frame.astype(object).where(frame.notna(), None).to_numpy(dtype=object).tolist()
    return found
