"""tornado.png: the figures of which each alone, between its bounds, moves the cost of a useful token most."""

from __future__ import annotations

import altair as alt
import pandas as pd

from graph.cost.headline import HEADLINE_MODEL, HEADLINE_WORKLOAD
from pipelines.stack import Stack
from sources.records import GRADES

BARS = 10
CHEAPEST = """
select t.board_id, b.name as board, m.name as model, w.name as workload, n.usd_central as usd, n.usd_p05 as low, n.usd_p95 as high
from cost.useful_token t join cost.band n using (board_id, model_id, workload_id)
join core.board b using (board_id) join core.model m using (model_id) join core.workload w using (workload_id)
where b.status = 'shipping' and model_id = $model and workload_id = $workload order by t.usd_central limit 1
"""
MOVES = """
select input, low, central, high, unit, usd_at_low, usd_at_high, grade from cost.elasticity
where board_id = $board and model_id = $model and workload_id = $workload and usd_at_low is not null
order by abs(usd_at_high - usd_at_low) desc limit $most
"""
COLOURS = dict(zip(GRADES, ("#009e73", "#0072b2", "#e69f00", "#d55e00"), strict=True))
"""Okabe and Ito's: told apart with any kind of colour vision."""
ROUND = [digit * 10.0**power for power in range(-2, 6) for digit in (1, 2, 5)]
ROOM = 1.9
"""Factor by which the axis goes on beyond the widest bar, for what is written beside it."""
WORDS = {
    "tool_usd": "tools, an attempt",
    "web_searches": "searches of the web, an attempt",
    "sandbox_seconds": "seconds of a sandbox, an attempt",
    "build_minutes": "minutes of a build, an attempt",
    "gateway_usd": "model gateway, an attempt",
    "retrieval_usd": "retrieval, an attempt",
    "output_tokens": "output, an attempt",
    "input_tokens": "input, an attempt",
    "context_tokens": "context of a call",
    "judge_input_tokens": "read by the judge, an attempt",
    "retained": "part of accepted work that stays in use",
    "success_rate": "part of attempts that are good",
    "gate_tpr": "part of good attempts that the gate accepts",
    "utilisation": "part of the time in which accelerators work",
    "prefix_cache_hit": "part of the input that the cache holds",
}
"""Parameter -> what it is; any other is told by its name."""


def tornado_picture(stack: Stack) -> alt.LayerChart:
    """A bar a figure: the cost from its low to its high end, all other figures at their central values."""
    of = {"model": HEADLINE_MODEL, "workload": HEADLINE_WORKLOAD}
    best = stack.sql(CHEAPEST, of).iloc[0]
    frame = stack.sql(MOVES, {**of, "board": best["board_id"], "most": BARS})
    frame["label"] = frame["input"].map(told)
    ends = pd.concat([_ends(frame, end) for end in ("low", "high")])
    ends["is_left"] = ends["usd"] < ends["other"]

    y = alt.Y("label:N", sort=frame["label"].tolist(), title=None, axis=alt.Axis(labelFontSize=13, labelLimit=330))
    ends_at = ends["usd"].min() / ROOM, ends["usd"].max() * ROOM
    scale = alt.Scale(type="log", domain=ends_at, nice=False)
    axis = alt.Axis(
        labelFontSize=12, titleFontSize=13, grid=True, gridColor="#e3e6ea", values=[u for u in ROUND if ends_at[0] <= u <= ends_at[1]]
    )
    x = alt.X("usd_at_low:Q", scale=scale, axis=axis, title="USD per million useful tokens with this figure at either end (logarithmic)")
    colour = alt.Color(
        "grade:N",
        title="what the figure rests on",
        scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
        legend=alt.Legend(orient="bottom", labelFontSize=13, titleFontSize=13, titleLimit=220),
    )
    bars = alt.Chart(frame).mark_bar(height=17).encode(y=y, x=x, x2="usd_at_high:Q", color=colour)
    center = (
        alt.Chart(pd.DataFrame([{"usd": best["usd"]}])).mark_rule(color="#222222", strokeWidth=1.4).encode(x=alt.X("usd:Q", scale=scale))
    )
    sides = [
        alt.Chart(ends[ends["is_left"] == left])
        .mark_text(align="right" if left else "left", dx=-5 if left else 5, fontSize=12, color="#333333")
        .encode(y=y, x=alt.X("usd:Q", scale=scale), text="text:N")
        for left in (True, False)
    ]
    title = alt.Title(
        f"What moves the cost of a useful token most: {best['board']}, {best['model']}, {best['workload'].lower()}",
        subtitle=[
            "One figure at a time from its low to its high end (written beside the bar), the others central and the operating point kept.",
            f"The widest in USD first. Black: all central, {best['usd']:.2f} USD. "
            f"All ranges at once: {best['low']:.2f} to {best['high']:.2f} (5th to 95th percentile).",
        ],
        fontSize=16,
        subtitleFontSize=13,
        anchor="start",
        offset=10,
    )
    return alt.layer(bars, center, *sides).properties(width=620, height=30 * len(frame), title=title)


def told(name: str) -> str:
    """'workload:coding_agent.tool_usd' in words."""
    entity, _, parameter = name.rpartition(".")
    return WORDS.get(parameter) or f"{parameter.replace('_', ' ')} ({entity.partition(':')[2].replace('_', ' ')})"


def _ends(frame: pd.DataFrame, end: str) -> pd.DataFrame:
    """One end of each bar with the figure's value there."""
    other = "high" if end == "low" else "low"
    values = [said(value, unit) for value, unit in zip(frame[end], frame["unit"], strict=True)]
    return pd.DataFrame({"label": frame["label"], "usd": frame[f"usd_at_{end}"], "other": frame[f"usd_at_{other}"], "text": values})


def said(value: float, unit: str) -> str:
    """0.46 of a fraction is '46%', 60000 tokens are '60,000 tokens'."""
    if unit == "fraction":
        return f"{value:.3g}" if value < 0.01 else f"{value:.1%}".replace(".0%", "%")
    return f"{value:,.4g} {unit}" if abs(value) < 1000 else f"{value:,.0f} {unit}"
