"""`stackgraph boards`: which board fits a latency profile, and why each of the others does not, or costs more."""

from __future__ import annotations

from graph.cost.figures import MissingFigure
from pipelines.cli.cost import check_ids
from pipelines.cli.errors import Unusable, positive
from pipelines.cli.open import published
from pipelines.cli.output import number, say, show_most
from pipelines.stack import Stack

MEASURED = """
select scenario, count(*), median(published_tok_s_chip / measured_tok_s_chip), min(published_tok_s_chip / measured_tok_s_chip),
       max(published_tok_s_chip / measured_tok_s_chip)
from cost.calibration_row where model_id = ? group by scenario order by scenario = 'interactivity', scenario
"""
BRIEF = ("board_id", "status", "usd_low", "usd_central", "usd_high", "times", "cheapest_share", "met_share", "hour_usd", "chips", "batch",
         "speed_tok_s_user", "ttft_s", "sourced_share", "why")  # fmt: skip
"""What fits on a screen; json and csv carry every column."""


def show_boards(workload: str, model: str, min_speed: float | None, max_ttft: float | None, limit: int, format: str) -> None:
    """Boards ranked by USD per million useful tokens, then those that do not fit the profile, each with the reason."""
    for option, value in (("--min-speed", min_speed), ("--max-ttft", max_ttft)):
        positive(option, value)
    stack = published()
    check_ids(stack, None, model, workload)
    try:
        frame = stack.boards(workload, model, min_speed, max_ttft)
    except MissingFigure as error:
        raise Unusable(str(error)) from None
    profile = " and ".join(
        text for text in (_asked(stack, workload, "min_speed", min_speed), _asked(stack, workload, "max_ttft", max_ttft))
    )
    fitting = frame[frame["usd_central"].notna()]
    if not len(fitting):
        nearest = "; ".join(f"{row.board_id}: {row.why}" for row in frame.head(3).itertuples())
        raise Unusable(f"no board serves {model} for {workload} with {profile}. The nearest: {nearest}")
    say(
        f"{model} for {workload}, {profile}: {len(fitting)} of {len(frame)} boards fit. USD per million useful tokens, 5th to 95th percentile."
    )
    if not (fitting["met_share"] == 1).all():
        say("met_share: part of the draws in which a board meets the profile at all; where it does not, its fastest point is priced")
    if (far := fitting[fitting["is_beyond_measured"].astype(bool)]["board_id"].tolist()) and format == "table":
        say(f"a larger batch than any published curve has, where throughput can fall: {', '.join(far)}")
    for scenario, count, middle, low, high in stack.rows(MEASURED, [model])[1]:
        say(f"computed over measured throughput of {model}, {scenario}: {number(middle)} ({number(low)} to {number(high)}, {count} rows)")
    columns = list(BRIEF) if format == "table" else list(frame.columns)
    rows = [
        [None if value != value else value for value in row] for row in frame[columns].astype(object).itertuples(index=False, name=None)
    ]
    show_most(columns, rows, format, limit)


def _asked(stack: Stack, workload: str, parameter: str, value: float | None) -> str:
    """'at least 50 tokens/s per user', from what was asked for or from the workload."""
    if value is not None:
        text = f"{value:,.6g}"
    else:
        query = "select low, central, high from core.parameter where entity_id = ? and parameter = ? and status = 'current'"
        low, middle, high = stack.rows(query, [f"workload:{workload}", parameter])[1][0]
        text = f"{middle:g} (the workload's, {low:g} to {high:g})"
    return f"at least {text} tokens/s per user" if parameter == "min_speed" else f"the first token within {text} s"
