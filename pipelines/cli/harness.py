"""`stackgraph harness`: is tightening the harness worth more than new silicon, stage by stage, and what tokens cost at list price."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipelines.cli.cost import check_ids
from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.open import published
from pipelines.cli.output import number, say, show_most
from pipelines.stack import Stack

if TYPE_CHECKING:
    import pandas as pd

    from graph.cost.harness_results import HarnessAnswer

STAGES = ["stage", "behaviour", "takes", "takes_value", "gives", "gives_worst", "gives_central", "gives_best", "gives_without", "usd_worst",
          "usd_central", "usd_best", "usd_without", "is_lever", "grade", "source_id"]  # fmt: skip
LEVERS = ["lever", "against", "basis", "usd_central", "usd_harness", "usd_silicon", "harness_saves_low", "harness_saves_central",
          "harness_saves_high", "silicon_saves_low", "silicon_saves_central", "silicon_saves_high", "probability", "finding", "grade"]  # fmt: skip
PRICES = ["model", "provider", "attempt_usd", "measured_attempt_usd", "success", "usd_low", "usd_central", "usd_high",
          "with_rework_usd_central", "own_board", "own_usd_central", "finding", "as_of"]  # fmt: skip
BASIS = {"spending": "In what is spent", "with_rework": "With the loss from bad results that the gate let through"}
ALL = "all measured"


def show_harness(workload: str, model: str, board: str, to: str | None, part: str | None, limit: int, format: str) -> None:
    """The answer; in a table with the stages and the list prices, else the part that is asked for."""
    stack = published()
    check_ids(stack, board, model, workload)
    if to is not None and to not in (known := stack.ids("core.board", "board_id")):
        raise unknown("board", to, known)
    if to == board:
        raise Unusable(f"--to {to} is the board that there is: name another one, or leave it out for the cheapest and the newest that ship")
    prices = stack.sql("select * from cost.list_price where workload_id = ?", [workload])
    if part == "prices":
        _show(prices, PRICES if format == "table" else None, limit, format)
        return
    found = answer(stack, board, model, workload, to)
    if part == "stages":
        _show(found.stages, STAGES if format == "table" else None, limit, format)
        return
    if format == "table":
        say(f"IS TIGHTENING THE HARNESS WORTH MORE THAN NEW SILICON? {workload}, {model} on {board}.")
        for line in headlines(found.choices):
            say(line)
        say(strongest(found.choices))
        say("Neither side counts what the change itself costs: engineers who tighten, boards written off early.")
    _show(found.choices, LEVERS if format == "table" else None, limit, format)
    if format == "table" and part is None:
        say("WHAT EACH STAGE TAKES AND GIVES: USD per million useful tokens at the ends of what was measured, all else central.")
        _show(found.stages, STAGES, limit, format)
        say("FOR WHO BUYS TOKENS: each model at its cheapest seller, USD per million useful tokens, beside serving it oneself.")
        _show(prices, PRICES, limit, format)
        say("next        --part stages -f csv (sources, assumptions) · stackgraph explain cost:BOARD/MODEL/WORKLOAD · stackgraph boards")


def answer(stack: Stack, board: str, model: str, workload: str, to: str | None) -> HarnessAnswer:
    """As published; of a deployment that is not, or against a board that is named, computed.

    Raises
    ------
    Unusable
        A board cannot serve the model for the workload.
    """
    from graph.cost.harness_results import HarnessAnswer
    from graph.cost.trace import NotServed

    if to is None:
        where = "where board_id = ? and model_id = ? and workload_id = ?"
        stages, choices = (
            stack.sql(f"select * from cost.{table} {where}", [board, model, workload]) for table in ("harness_stage", "harness_or_silicon")
        )
        if len(stages):
            return HarnessAnswer(stages, choices)
    try:
        return stack.harness(board, model, workload, to)
    except NotServed as error:
        raise Unusable(f"{error}: `stackgraph boards --workload {workload} --model {model}` lists the boards that can") from None


def headlines(choices: pd.DataFrame) -> list[str]:
    """For each new board: what everything measured saves together, what the board saves, with ranges and odds."""
    told = []
    for row in choices[choices["lever"] == ALL].itertuples():
        told.append(
            f"{BASIS[row.basis]}, today {number(row.usd_central)} USD per million useful tokens: every measured lever at its best saves "
            f"{number(row.harness_saves_central)} ({number(row.harness_saves_low)} to {number(row.harness_saves_high)}), {row.against} "
            f"({row.against_is}) saves {number(row.silicon_saves_central)} ({number(row.silicon_saves_low)} to "
            f"{number(row.silicon_saves_high)}). The harness saves more in {row.probability:.0%} of {row.draws:,} draws: {row.finding}."
        )
    return told


def strongest(choices: pd.DataFrame) -> str:
    """The three levers that save most of what is spent, one by one."""
    alone = choices[(choices["basis"] == "spending") & choices["lever"].str.contains("/")].drop_duplicates("lever")
    best = alone.sort_values("harness_saves_central", ascending=False).head(3)
    said = (
        f"{row.lever} {number(row.harness_saves_central)} ({number(row.harness_saves_low)} to {number(row.harness_saves_high)}; {row.grade})"
        for row in best.itertuples()
    )
    return f"One by one, of what is spent: {', '.join(said)}."


def _show(frame: pd.DataFrame, columns: list[str] | None, limit: int, format: str) -> None:
    chosen = frame[columns] if columns else frame
    show_most(list(chosen.columns), chosen.astype(object).where(chosen.notna(), None).to_numpy().tolist(), format, limit)
