"""The chokepoint heat map of the README: what each board on sale loses with a firm, or with all that is made in a country."""

from __future__ import annotations

import altair as alt
import pandas as pd

from pipelines.stack import Stack

MOST = {"organisation": 18, "country": 10}
"""Columns of each half."""
DIFFERING = 0.5
"""Part of the columns that goes to what sets boards apart; the rest goes to what takes most from all of them."""
LOST = """
select b.name as board, coalesce(o.name, c.name) as event, t.supply_lost as lost, t.is_single_point as single
from risk.top_probability t join core.board b on t.target = 'board:' || b.board_id
left join core.organisation o on t.event = 'org:' || o.organisation_id left join core.country c on t.event = 'country:' || c.country
where t."by" = $by
"""


def chokepoint_picture(stack: Stack) -> alt.HConcatChart:
    """Boards by firms and by countries, coloured by the part of the board's supply that goes with them; single points are marked."""
    frames = {by: stack.sql(LOST, {"by": by}) for by in MOST}
    whole = frames["organisation"].groupby("board")["lost"].sum()
    boards = sorted(whole.index, key=lambda name: (-whole[name], name))
    halves = [
        half(critical(frame, MOST[by]), boards, title, k == 0)
        for k, (by, frame, title) in enumerate(
            zip(frames, frames.values(), ("A firm is lost", "All that is made in a country is lost"), strict=True)
        )
    ]
    title = alt.TitleParams(
        "What each accelerator on sale loses in the end, if nothing makes good for it",
        subtitle="Dots: a single point of failure, of which all known supply goes. Central shares; stock and time are left out.",
        anchor="start",
        fontSize=15,
        subtitleFontSize=12,
    )
    return alt.hconcat(*halves, spacing=14).resolve_scale(color="shared").properties(title=title)


def critical(frame: pd.DataFrame, most: int) -> pd.DataFrame:
    """The events that take most over all boards and those that set boards apart, the worst first; what is not touched loses nothing."""
    table = frame.pivot_table(index="board", columns="event", values="lost", aggfunc="max", fill_value=0.0)
    single = frame[frame["single"]].groupby("event").size().reindex(table.columns).fillna(0)
    worst = sorted(table.columns, key=lambda name: (-float(table[name].sum()), -float(single[name]), name))
    apart = sorted(worst, key=lambda name: -float(table[name].std()))[: round(most * DIFFERING)]
    shown = {*apart, *[name for name in worst if name not in apart][: most - len(apart)]}
    order = [name for name in worst if name in shown]
    long = table[order].reset_index().melt("board", order, "event", "lost")
    long = long.merge(frame[["board", "event", "single"]], how="left", on=["board", "event"])
    long["single"] = long["single"].eq(True)
    long["order"] = long["event"].map({name: k for k, name in enumerate(order)})
    return long


def half(frame: pd.DataFrame, boards: list[str], title: str, is_first: bool) -> alt.LayerChart:
    """One heat map; board names stand beside the first only."""
    events = frame.sort_values("order")["event"].drop_duplicates().tolist()
    axis = alt.Axis(labelFontSize=12, labelLimit=220) if is_first else None
    x = alt.X("event:N", sort=events, title=None, axis=alt.Axis(labelAngle=-48, labelFontSize=12, labelLimit=170, orient="bottom"))
    y = alt.Y("board:N", sort=boards, title=None, axis=axis)
    colour = alt.Color(
        "lost:Q",
        title="part of the board's supply lost",
        scale=alt.Scale(scheme="purpleblue", domain=[0, 1]),
        legend=alt.Legend(orient="top", direction="horizontal", format=".0%", gradientLength=240, titleLimit=260, labelFontSize=11),
    )
    cells = alt.Chart(frame).mark_rect(stroke="white", strokeWidth=1).encode(x=x, y=y, color=colour)
    dots = alt.Chart(frame[frame["single"]]).mark_circle(size=26, color="white", opacity=1).encode(x=x, y=y)
    heading = alt.TitleParams(title, anchor="start", fontSize=13, fontWeight="normal")
    return alt.layer(cells, dots).properties(width=21 * len(events), height=20 * len(boards), title=heading)
