"""`stackgraph cost elasticity` and `stackgraph cost band`: what moves the cost of a useful token, and how sure it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.cli.errors import Unusable
from pipelines.cli.output import say, show, show_most
from pipelines.stack import Stack

if TYPE_CHECKING:
    import pandas as pd

    from graph.cost.sensitivity_results import Sensitivity

METRICS = ("elasticity", "band")
SHOWN = 20
"""Rows of each list on a page, at most; csv and json have all."""
MOVES = ["input", "kind", "percent_margin", "dollar_margin", "value_added_share", "grade"]
BARS = ["input", "low", "central", "high", "usd_at_low", "usd_at_high", "grade"]


def show_sensitivity(
    stack: Stack, metric: str, board: str | None, model: str | None, workload: str | None, limit: int, format: str
) -> None:
    """The rows of cost.elasticity or cost.band; of a deployment that is not in them, computed."""
    frame = stack.sql(
        f"select * from cost.{metric} where board_id = coalesce(?, board_id) and model_id = coalesce(?, model_id) "
        "and workload_id = coalesce(?, workload_id)",
        [board, model, workload],
    )
    if not len(frame):
        frame = getattr(computed(stack, board, model, workload), metric)
    if metric == "elasticity" and format == "table":
        page(frame, limit)
    else:
        show_most(list(frame.columns), _rows(frame), format, limit)


def computed(stack: Stack, board: str | None, model: str | None, workload: str | None) -> Sensitivity:
    """Both tables of one deployment.

    Raises
    ------
    Unusable
        It is not named in full, or cannot be served.
    """
    from graph.cost.trace import NotServed

    if board is None or model is None or workload is None:
        missing = " and ".join(f"--{name}" for name, value in (("board", board), ("model", model), ("workload", workload)) if value is None)
        raise Unusable(
            f"published are the boards that serve coding agents, each with one model; for any other deployment give {missing} too"
        )
    try:
        return stack.sensitivity(board, model, workload)
    except NotServed as error:
        raise Unusable(f"{error}: `stackgraph cost served_token --board {board}` lists what it can serve") from None


def page(frame: pd.DataFrame, limit: int) -> None:
    """What moves a cost, and what of it is not known, of one deployment after the other."""
    shown = min(limit, SHOWN)
    for (board, model, workload), mine in frame.groupby(["board_id", "model_id", "workload_id"], sort=False):
        say(f"USEFUL TOKEN of {board}, {model}, {workload}. It moves by so many per cent when an input rises by one:")
        show(MOVES, _rows(mine[MOVES].head(shown)), "table")
        bars = mine[mine["usd_at_low"].notna()]
        bars = bars.iloc[(bars["usd_at_low"] - bars["usd_at_high"]).abs().argsort()[::-1]]
        say("NOT KNOWN BETTER than this: USD per million useful tokens with one figure at its bounds, the widest first:")
        show(BARS, _rows(bars[BARS].head(shown)), "table")
        say(f"{len(mine)} inputs move it, {len(bars)} of them have a range that does: --format csv has all")
    say("next        stackgraph cost band (all at once) · stackgraph explain INPUT · stackgraph shock ITEM=+30%")


def _rows(frame: pd.DataFrame) -> list[list[object]]:
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
