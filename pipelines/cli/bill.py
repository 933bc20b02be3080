"""`stackgraph own-or-buy`, and the metrics of `stackgraph cost` that are read off the bill: margins, entrants, paths."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graph.cost.headline import HEADLINE_WORKLOAD
from pipelines.cli.errors import Unusable, positive, unknown
from pipelines.cli.open import published
from pipelines.cli.output import say, show_most

if TYPE_CHECKING:
    from pipelines.stack import Stack

OF_DEPLOYMENT = "board_id = coalesce(?, board_id) and model_id = coalesce(?, model_id) and workload_id = coalesce(?, workload_id)"
QUERIES = {
    "margin_by_layer": "select board_id, model_id, workload_id, layer, year, margin_share_low, margin_share_central, margin_share_high, own_share, "
    f"dated_share, grade, rests_on from cost.margin_by_layer where {OF_DEPLOYMENT} order by board_id, workload_id, year, own_share + "
    "margin_share_central desc",
    "margin_shift": f"select * from cost.margin_shift where {OF_DEPLOYMENT} order by board_id, workload_id, from_year, layers",
    "entrant_term": "select board_id, reference, model_id, workload_id, term, family, log_low, log_central, log_high, factor, usd_board, "
    f"usd_reference, grade from cost.entrant_term where {OF_DEPLOYMENT} order by board_id, reference, model_id, workload_id, abs(log_central) desc",
    "own_vs_buy": "select board_id, against, model_id, workload_id, break_even_low, break_even, break_even_high, break_even_from_now, "
    f"lifetime_volume, probability_pays, own_usd, bought_usd, grade, finding from cost.own_vs_buy where {OF_DEPLOYMENT} "
    "order by workload_id, against, probability_pays desc, board_id",
    "cost_path": "select board_id, workload_id, rank, path, path_order, layer, usd_per_mtoken, share_low, share_central, share_high, listed_share, "
    f"order_share, grade from cost.cost_path where {OF_DEPLOYMENT} order by board_id, workload_id, rank",
}
POOLS = "select * from cost.profit_pool order by year, gross_profit_usd desc"
SHIFT = """
select layers, from_year, to_year, median(share_from), median(share_to), min(change_low), median(change_central), max(change_high),
       string_agg(distinct finding, ', ' order by finding)
from cost.margin_shift where workload_id = ? and board_id = coalesce(?, board_id)
group by all having not bool_and(finding = 'not known') order by from_year, layers
"""
POOL_SHARE = """
select year, sum(pool_share) filter (layer in ('boards', 'foundry', 'memory')), sum(pool_share) filter (layer in ('tokens', 'harness')),
       sum(gross_profit_usd) filter (layer in ('boards', 'foundry', 'memory')) / 1e9,
       sum(gross_profit_usd) filter (layer in ('tokens', 'harness')) / 1e9
from cost.profit_pool group by 1 having count(*) filter (layer = 'tokens') > 0 order by 1
"""
METRICS = (*QUERIES, "profit_pool")


def show_answer(stack: Stack, metric: str, board: str | None, model: str | None, workload: str | None, limit: int, format: str) -> None:
    """One of `METRICS`."""
    if metric == "profit_pool":
        for name, value in (("board", board), ("model", model), ("workload", workload)):
            if value is not None:
                raise Unusable(f"profit_pool is of firms and does not depend on a {name}: leave out --{name}")
        show_most(*stack.rows(POOLS), format, limit)
        return
    columns, rows = stack.rows(QUERIES[metric], [board, model, workload])
    if not rows and metric == "cost_path" and board and model and workload:
        columns, rows = _paths(stack, board, model, workload, limit)
    elif not rows:
        of_table = {k: stack.ids(f"(select distinct {k}_id from cost.{metric})", f"{k}_id") for k in ("board", "model", "workload")}
        said = "; ".join(f"{name}s {', '.join(ids)}" for name, ids in of_table.items())
        other = "; name all of --board, --model and --workload for any other deployment" if metric == "cost_path" else ""
        raise Unusable(f"cost.{metric} is published for other deployments: {said}{other}")
    if metric in ("margin_by_layer", "margin_shift"):
        _say_whether_it_moves(stack, board, workload)
    show_most(columns, rows, format, limit)


def _say_whether_it_moves(stack: Stack, board: str | None, workload: str | None) -> None:
    """The claim that margin moves from silicon to harness, in figures."""
    of = workload or HEADLINE_WORKLOAD
    say(f"Does margin move from silicon to harness? Parts of the buyer's dollar that are gross margin, {of}, median of the boards:")
    for layers, since, until, before, after, low, mid, high, finding in stack.rows(SHIFT, [of, board])[1]:
        say(f"  {layers}: {before:.0%} in {since}, {after:.0%} in {until}; change {mid:+.0%} ({low:+.0%} to {high:+.0%}): {finding}")
    for year, silicon, above, silicon_usd, above_usd in stack.rows(POOL_SHARE)[1]:
        say(
            f"  gross profit made in {year} by the firms listed: silicon {silicon_usd:,.0f} billion USD ({silicon:.1%}), tokens and harness "
            f"{above_usd:,.1f} ({above:.1%})"
        )


def _paths(stack: Stack, board: str, model: str, workload: str, limit: int) -> tuple[list[str], list[tuple[object, ...]]]:
    """Paths of a deployment that is not in the table, at central values."""
    from graph.cost.paths import largest_paths
    from graph.cost.rollup import behind, prices

    target = f"useful:{board}/{model}/{workload}"
    if target not in stack.bill:
        why = stack.rows(f"select finding from cost.served_token where {OF_DEPLOYMENT}", [board, model, workload])[1]
        raise Unusable(f"{board}/{model}/{workload} has no cost: {why[0][0] if why else 'it is not served'}")
    bill = behind(stack.bill, [target])
    price = {name: float(usd) for name, usd in prices(bill).items()}
    found = largest_paths(bill, price, target, limit)
    say("at central values; ranges are published for the model of the headlines")
    rows = [(k, " < ".join(p.nodes), p.order, p.usd, p.usd / price[target]) for k, p in enumerate(found, 1)]
    return ["rank", "path", "path_order", "usd_per_mtoken", "share_central"], rows


def show_own_or_buy(
    board: str | None, model: str, workload: str, against: list[str], volume: float | None, nre_usd: float | None, limit: int, format: str
) -> None:
    """Break-even volumes of own chips, for a volume and a cost of design that somebody asks about."""
    from graph.cost.own_or_buy import own_chips

    for name, value in (("--volume", volume), ("--nre-usd", nre_usd)):
        positive(name, value)
    stack = published()
    boards = stack.ids("core.board", "board_id")
    for what, given, known in (
        *(("board", b, boards) for b in (board, *against) if b is not None),
        ("model", model, stack.ids("core.model", "model_id")),
        ("workload", workload, stack.ids("core.workload", "workload_id")),
    ):
        if given not in known:
            raise unknown(what, given, known)
    core, figures = stack.records()
    own = [board] if board is not None else own_chips(core, figures)
    for one in own:
        if nre_usd is None and f"board:{one}.design_cost" not in figures:
            raise Unusable(f"nothing is known of what designing {one} cost: give it with --nre-usd")
        if volume is None and f"board:{one}.lifetime_volume" not in figures:
            raise Unusable(f"nothing is known of how many {one} are made: give it with --volume")
    frame = stack.own_or_buy(own, against, model, workload, volume, nre_usd)
    if frame.empty:
        why = stack.rows(
            "select board_id || ': ' || finding from cost.served_token where board_id in (from (select unnest(?))) and model_id = ? "
            "and workload_id = ? and finding <> 'priced'",
            [[*own, *against], model, workload],
        )[1]
        raise Unusable(f"there is nothing to compare for {model}, {workload}: {'; '.join(row[0] for row in why) or 'a chip with itself'}")
    say(
        f"Own chip or bought, {model}, {workload}: chips from which on the own design costs less, with what bought ones gain each year; "
        "from_now: begun today. Pays: part of the draws in which the volume is enough. Build from 90%, buy up to 10%."
    )
    columns = [
        "board_id", "against", "fixed_usd", "own_usd", "bought_usd", "obsolescence", "saving_usd_low", "saving_usd", "saving_usd_high",
        "break_even_low", "break_even", "break_even_high", "break_even_from_now", "lifetime_volume", "probability_pays", "grade", "finding",
    ]  # fmt: skip
    ordered = frame.sort_values(["against", "probability_pays"], ascending=[True, False])
    show_most(columns, ordered[columns].astype(object).where(ordered[columns].notna(), None).to_numpy().tolist(), format, limit)
