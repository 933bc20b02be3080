"""Two pictures read off the bill: who earns margin on a useful token by year, and which terms of the cost each entrant shrinks."""

from __future__ import annotations

import altair as alt
import pandas as pd

from graph.cost.headline import HEADLINE_MODEL, HEADLINE_WORKLOAD
from pipelines.stack import Stack

STACK = {"board": "gb200", "workload": HEADLINE_WORKLOAD}
SILICON = ("materials", "equipment", "foundry", "memory", "packaging", "networking", "boards")
GROUPS = {**dict.fromkeys(SILICON, "silicon"), "tokens": "tokens", "harness": "harness"}
COLOURS = {
    "silicon": "#d55e00",
    "power and sites": "#999999",
    "tokens": "#0072b2",
    "harness": "#009e73",
    "own costs of all layers": "#e3e6ea",
}
MARGINS = """
select year, layer, margin_share_central as margin, own_share as own, dated_share from cost.margin_by_layer
where board_id = $board and workload_id = $workload
"""
FOUND = """
select layers, finding from cost.margin_shift where board_id = $board and workload_id = $workload and from_year = 2024 order by 1
"""
ENTRANTS = ("groq_lp30", "cerebras_wse3", "etched_sohu", "tpu_v7", "trainium3", "maia200", "openai_titan", "mi355x")
TERMS = """
select b.name, t.term, t.log_central as log from cost.entrant_term t join core.board b using (board_id)
where t.board_id in (from (select unnest($boards))) and t.reference = 'gb200' and t.model_id = $model and t.workload_id = $workload
"""
SHOWN = {
    "reading memory": "#0072b2", "arithmetic": "#56b4e9", "prefill": "#7fc9ee", "synchronisation": "#d55e00", "seller's margin": "#e69f00",
    "memory": "#cc79a7", "server, network, facility, power": "#999999", "silicon, packaging, module": "#009e73", "judging": "#333333",
}  # fmt: skip
TOGETHER = {
    **dict.fromkeys(("server", "network", "facility", "power", "operations"), "server, network, facility, power"),
    **dict.fromkeys(("silicon", "packaging", "module and design"), "silicon, packaging, module"),
}


def margin_picture(stack: Stack) -> alt.LayerChart:
    """Of the buyer's dollar, the gross margin of silicon, power and sites, tokens and harness, and all own costs, by year."""
    frame = stack.sql(MARGINS, STACK)
    frame["part"] = frame["layer"].map(lambda layer: GROUPS.get(layer, "power and sites"))
    margins = frame.groupby(["year", "part"], as_index=False)["margin"].sum().rename(columns={"margin": "share"})
    known = frame.assign(d=frame["margin"] * frame["dated_share"]).groupby(["year", "part"])[["d", "margin"]].sum()
    own = frame.groupby("year", as_index=False)["own"].sum().rename(columns={"own": "share"}).assign(part="own costs of all layers")
    drawn = pd.concat([margins, own], ignore_index=True)
    drawn["order"] = drawn["part"].map(list(COLOURS).index)
    dated = (known["d"] / known["margin"]).to_dict()
    drawn["label"] = [
        f"{row.share:.0%}{'' if dated.get((row.year, row.part), 1) >= 0.5 else ' *'}" if row.share >= 0.03 else ""
        for row in drawn.itertuples()
    ]
    drawn = drawn.sort_values(["year", "order"])
    drawn["end"] = drawn.groupby("year")["share"].cumsum()
    drawn["middle"] = drawn["end"] - drawn["share"] / 2
    drawn["start"] = drawn["end"] - drawn["share"]
    colour = alt.Color(
        "part:N", title=None, sort=list(COLOURS), scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())),
        legend=alt.Legend(orient="bottom", labelFontSize=13, columns=5, labelLimit=260),
    )  # fmt: skip
    x = alt.X(
        "start:Q",
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", labelFontSize=13, titleFontSize=13),
        title="Part of the buyer's dollar",
    )
    y = alt.Y("year:O", title=None, axis=alt.Axis(labelFontSize=14))
    bars = alt.Chart(drawn).mark_bar(height=34).encode(y=y, x=x, x2="end:Q", color=colour)
    labels = alt.Chart(drawn).mark_text(fontSize=13, color="#111111").encode(y=y, x="middle:Q", text="label:N")
    found = ", ".join(f"{layers} {finding}" for layers, finding in stack.rows(FOUND, STACK)[1])
    title = alt.Title(
        "Who earns gross margin on a dollar of a coding agent's useful tokens (GB200, Llama 3.3 70B)",
        subtitle=[
            "Today's goods at today's own costs, each year's margins; central values. *: most of it keeps today's margin, none of the year is known.",
            f"With the ranges of all inputs, 2024 to 2026 (cost.margin_shift): {found}.",
        ],
        fontSize=16, subtitleFontSize=13, anchor="start",
    )  # fmt: skip
    return alt.layer(bars, labels).properties(width=860, height=210, title=title)


def entrant_picture(stack: Stack) -> alt.LayerChart:
    """The terms of each board's cost against GB200 as parts of the logarithm of the ratio: left of nothing they make it cheaper."""
    frame = stack.sql(TERMS, {"boards": list(ENTRANTS), "model": HEADLINE_MODEL, "workload": HEADLINE_WORKLOAD})
    frame["term"] = frame["term"].map(lambda term: TOGETHER.get(term, term))
    frame = frame[frame["term"] != "harness"].groupby(["name", "term"], as_index=False)["log"].sum()
    frame["order"] = frame["term"].map(list(SHOWN).index)
    whole = frame.groupby("name", as_index=False)["log"].sum().sort_values("log")
    whole["label"] = whole["log"].map(lambda log: f"x{2.718281828459045**log:.2f}")
    names = whole["name"].tolist()
    y = alt.Y("name:N", sort=names, title=None, axis=alt.Axis(labelFontSize=14, labelLimit=260))
    x = alt.X(
        "log:Q",
        stack="zero",
        title="Part of ln(cost / cost on GB200), per useful token",
        axis=alt.Axis(labelFontSize=13, titleFontSize=13, grid=True),
    )
    colour = alt.Color(
        "term:N", title=None, sort=list(SHOWN), scale=alt.Scale(domain=list(SHOWN), range=list(SHOWN.values())),
        legend=alt.Legend(orient="bottom", labelFontSize=13, columns=3, labelLimit=260),
    )  # fmt: skip
    bars = alt.Chart(frame).mark_bar(height=20).encode(y=y, x=x, color=colour, order="order:Q")
    ticks = alt.Chart(whole).mark_tick(color="#111111", thickness=3, size=26).encode(y=y, x=alt.X("log:Q"))
    right = frame[frame["log"] > 0].groupby("name", as_index=False)["log"].sum().rename(columns={"log": "right"})
    labels = (
        alt.Chart(whole.merge(right, how="left").fillna({"right": 0.0}))
        .mark_text(align="left", dx=8, fontSize=13, fontWeight="bold")
        .encode(y=y, x="right:Q", text="label:N")
    )
    title = alt.Title(
        "Which term of a useful token's cost each board shrinks or grows, against GB200",
        subtitle=[
            "Coding agent, Llama 3.3 70B. Blue: time of silicon in reading memory and in arithmetic; red: waiting for other chips; orange: seller's margin.",
            "Black mark and number: the sum, as a multiple of the cost on GB200. Own chips enter at what they cost their owner.",
        ],
        fontSize=16, subtitleFontSize=13, anchor="start",
    )  # fmt: skip
    return alt.layer(bars, ticks, labels).properties(width=820, height=34 * len(names), title=title)
