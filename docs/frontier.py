"""frontier.png: what a token costs at the speed a user sees, board by board; and computed throughput beside measured."""

from __future__ import annotations

import altair as alt
import pandas as pd

from graph.cost.headline import HEADLINE_MODEL, HEADLINE_WORKLOAD, LARGE_MODEL
from pipelines.stack import Stack

BOARDS = ("h100", "mi355x", "gb200", "vr200", "tpu_v7", "trainium3", "groq_lp30", "cerebras_wse3")
MODELS = (HEADLINE_MODEL, LARGE_MODEL)
COLOURS = ["#7f7f7f", "#d62728", "#2ca02c", "#1b5e20", "#1f77b4", "#ff7f0e", "#9467bd", "#8c564b"]
SCENARIOS = ("offline", "server", "interactive", "interactivity")
POINTS = """
select f.model_id, f.board_id, b.name as board, f.is_speculating, f.speed_tok_s_user_central as speed, f.usd_central as usd, f.usd_low as low,
       f.usd_high as high
from cost.frontier f join core.board b using (board_id)
where f.workload_id = $workload and f.model_id in (select unnest($models)) and f.board_id in (select unnest($boards))
order by f.model_id, f.board_id, f.is_speculating, f.position
"""
MEASURED = """
select m.name as model, c.scenario, c.published_tok_s_chip / c.measured_tok_s_chip as ratio
from cost.calibration_row c join core.model m using (model_id)
"""
FASTEST, CHEAPEST = 4000, 0.2
SLOWEST, DEAREST = 10, 300


def frontier_picture(stack: Stack) -> alt.VConcatChart:
    """Two models above, each with its boards; below, how far the computed throughput lies from the measured."""
    frame = stack.sql(POINTS, {"models": list(MODELS), "boards": list(BOARDS), "workload": HEADLINE_WORKLOAD})
    names = dict(stack.rows("select model_id, name from core.model")[1])
    panels = alt.hconcat(*(_panel(frame[frame["model_id"] == model], names[model]) for model in MODELS), spacing=40)
    return alt.vconcat(panels, _calibration(stack.sql(MEASURED)), spacing=30).resolve_scale(color="independent")


def _panel(frame: pd.DataFrame, model: str) -> alt.LayerChart:
    """One model: a line a board, its range as a band; dashed with speculative decoding."""
    order = frame.drop_duplicates("board_id").set_index("board_id")["board"].reindex(BOARDS).dropna()
    shown = [COLOURS[BOARDS.index(b)] for b in order.index]
    axis = alt.Axis(grid=True, gridColor="#e3e6ea", labelFontSize=12, titleFontSize=13, format="~g", tickCount=4)
    x = alt.X(
        "speed:Q", title="output tokens/s that one user sees", scale=alt.Scale(type="log", domain=[SLOWEST, FASTEST], nice=False), axis=axis
    )
    paid = "USD per million output tokens (decoding)"
    y = alt.Y(
        "usd:Q",
        title=paid,
        axis=axis,
        scale=alt.Scale(type="log", domain=[CHEAPEST, DEAREST], nice=False),
    )
    colour = alt.Color(
        "board:N",
        sort=list(order),
        title=None,
        scale=alt.Scale(domain=list(order), range=shown),
        legend=alt.Legend(labelFontSize=12, symbolOpacity=1),
    )
    inside = frame[(frame["usd"] <= DEAREST) & (frame["speed"] <= FASTEST) & (frame["speed"] >= SLOWEST)].copy()
    inside["drafts"] = inside["is_speculating"].map({False: "without a draft", True: "speculative decoding"})
    dash = alt.StrokeDash("drafts:N", title=None, scale=alt.Scale(domain=["without a draft", "speculative decoding"], range=[[1, 0], [5, 4]]),
                          legend=alt.Legend(labelFontSize=12))  # fmt: skip
    plain = inside[~inside["is_speculating"]]
    bands = alt.Chart(plain).mark_area(opacity=0.10, clip=True).encode(x=x, y=alt.Y("low:Q", title=paid), y2="high:Q", color=colour)
    lines = alt.Chart(inside).mark_line(strokeWidth=2, clip=True).encode(x=x, y=y, color=colour, strokeDash=dash)
    rule = alt.Chart(pd.DataFrame({"speed": [50.0]})).mark_rule(color="#444444", strokeDash=[2, 3]).encode(x="speed:Q")
    title = alt.Title(
        f"{model}, coding agent",
        subtitle="band: 5th to 95th percentile; dotted line: 50 tokens/s per user",
        fontSize=15,
        subtitleFontSize=12,
    )
    return alt.layer(bands, lines, rule).properties(width=520, height=400, title=title)


def _calibration(frame: pd.DataFrame) -> alt.LayerChart:
    """A tick for each measurement: computed over measured."""
    axis = alt.Axis(
        labelFontSize=12, titleFontSize=13, grid=True, gridColor="#e3e6ea", values=[0.5, 0.8, 1, 1.25, 2, 5, 10, 20, 50], format="~g"
    )
    x = alt.X(
        "ratio:Q",
        title="computed over measured output per accelerator, efficiencies as published (none fitted)",
        axis=axis,
        scale=alt.Scale(type="log"),
    )
    y = alt.Y("model:N", title=None, axis=alt.Axis(labelFontSize=12, labelLimit=220))
    colour = alt.Color("scenario:N", sort=list(SCENARIOS), title=None, legend=alt.Legend(labelFontSize=12),
                       scale=alt.Scale(domain=list(SCENARIOS), range=["#0072b2", "#56b4e9", "#e69f00", "#d55e00"]))  # fmt: skip
    ticks = alt.Chart(frame).mark_tick(thickness=1.6, height=9).encode(
        x=x, y=y, color=colour, yOffset=alt.YOffset("scenario:N", sort=list(SCENARIOS))
    )  # fmt: skip
    rule = alt.Chart(pd.DataFrame({"ratio": [1.0]})).mark_rule(color="#222222").encode(x="ratio:Q")
    title = alt.Title(
        "Computed beside measured throughput",
        subtitle="offline, server, interactive: MLPerf v5.1, closed; interactivity: published frontiers of InferenceX",
        fontSize=15,
        subtitleFontSize=12,
        anchor="start",
    )
    return alt.layer(ticks, rule).properties(width=980, height=300, title=title)
