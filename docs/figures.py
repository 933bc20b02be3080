"""The pictures of the README, drawn from the published file: `make figures`.

graph.png       the items of the stack and what requires what, from materials to the useful token, coloured by concentration
disruption.png  what is made each day after the headline scenarios (docs/disruption.py)
chokepoints.png what each board on sale loses with a firm or a country, and which of them stop it alone
waterfall.png   what a million useful tokens cost on one board, layer by layer, own cost and margin
margins.png     who earns gross margin on a useful token, by year (docs/bill_pictures.py)
entrants.png    which term of the cost each entrant shrinks against a reference
frontier.png    what a token costs at the speed a user sees, board by board; computed beside measured throughput (docs/frontier.py)
sites.png       what a token costs in each region, by what the money goes to (docs/site_picture.py)
tornado.png     the ten figures whose ranges, one at a time, move the cost of a useful token most (docs/tornado.py)
cascade.png     the organisations with which most of the stack falls (ESRI), for want of deliveries and of purchases
"""

from __future__ import annotations

from pathlib import Path

import altair as alt
import pandas as pd

from docs.bill_pictures import entrant_picture, margin_picture
from docs.chokepoint_map import chokepoint_picture
from docs.disruption import disruption_picture
from docs.frontier import frontier_picture
from docs.site_picture import site_picture
from docs.tornado import tornado_picture
from graph.cost.headline import HEADLINE_WORKLOAD, LARGE_MODEL
from pipelines.stack import Stack
from sources.records import LAYERS

HERE = Path(__file__).resolve().parent
WATERFALL = {"board": "gb200", "model": LARGE_MODEL, "workload": HEADLINE_WORKLOAD}
LABELLED_PER_LAYER = 9
LONGEST_LABEL = 24
SWEEPS = 12
"""Rounds of moving each item to the mean height of its neighbours, so that fewer lines cross."""

NODES = """
select i.item_id, i.name, i.layer, h.hhi_central as hhi
from core.item i left join risk.hhi h on h.item_id = i.item_id and h."by" = 'owner'
"""
EDGES = """
select distinct input_id as source, consumer_id as target from core.requirement
where status = 'current' and input_id in (from (select item_id from core.item)) and consumer_id in (from (select item_id from core.item))
"""
VALUE_ADDED = """
select layer, part, usd_per_mtoken as usd from cost.cost_by_layer where board_id = $board and model_id = $model and workload_id = $workload
"""
USEFUL = """
select usd_low, usd_central, usd_high from cost.useful_token where board_id = $board and model_id = $model and workload_id = $workload
"""

RISKIEST = 20
CASCADE = """
select c.rank || '  ' || o.name as name, c.esri_low as low, c.esri as esri, c.esri_high as high, c.esri_down as down
from risk.cascade c join core.organisation o using (organisation_id) order by c.rank, o.name limit $most
"""


def main() -> None:
    """Draw the pictures beside this file."""
    stack = Stack.load()
    save(graph_picture(stack), "graph")
    save(waterfall_picture(stack, WATERFALL), "waterfall")
    save(margin_picture(stack), "margins")
    save(entrant_picture(stack), "entrants")
    save(cascade_picture(stack), "cascade")
    save(disruption_picture(stack), "disruption")
    save(chokepoint_picture(stack), "chokepoints")
    save(frontier_picture(stack), "frontier")
    save(site_picture(stack), "sites")
    save(tornado_picture(stack), "tornado")


def save(chart: alt.LayerChart | alt.HConcatChart | alt.VConcatChart, name: str) -> None:
    """Write docs/<name>.png."""
    plain = chart.configure_view(stroke=None).configure_axis(grid=False, domain=False, ticks=False)
    plain.save(str(HERE / f"{name}.png"), scale_factor=1.6)


def graph_picture(stack: Stack) -> alt.LayerChart:
    """Items as dots in the columns of their layers; a line from each input to what requires it."""
    nodes, edges = stack.sql(NODES), stack.sql(EDGES)
    nodes["dependents"] = nodes["item_id"].map(edges["source"].value_counts()).fillna(0)
    nodes["x"] = nodes["layer"].map(LAYERS.index)
    nodes["y"] = heights(nodes, edges)
    rank = nodes.groupby("x")["dependents"].rank(ascending=False, method="first")
    nodes["label"] = nodes["name"].map(label).where(rank <= LABELLED_PER_LAYER, "")
    place = nodes.set_index("item_id")[["x", "y"]]
    ends = place.add_suffix("2")
    lines = edges.join(place, on="source").join(ends, on="target")
    lines = lines[lines["x"] != lines["x2"]]

    names = ", ".join(f"'{k}': '{name}'" for k, name in enumerate(LAYERS))
    header = alt.Axis(values=list(range(len(LAYERS))), labelExpr=f"({{{names}}})[datum.value]", title=None, orient="top", labelFontSize=13)
    x = alt.X("x:Q", scale=alt.Scale(domain=[-0.2, len(LAYERS) - 0.2]), axis=header)
    y = alt.Y("y:Q", scale=alt.Scale(domain=[1, 0]), axis=None)
    colour = alt.Color(
        "hhi:Q",
        title="Herfindahl index, by owner (grey: no share known)",
        scale=alt.Scale(scheme="yelloworangered", domain=[0, 10000]),
        legend=alt.Legend(orient="bottom", direction="horizontal", gradientLength=260, titleLimit=400),
    )
    size = alt.Size("dependents:Q", scale=alt.Scale(type="sqrt", range=[28, 460]), legend=None)
    rules = alt.Chart(lines).mark_rule(strokeWidth=0.55, opacity=0.28, color="#5b6b82").encode(x=x, y=y, x2="x2:Q", y2="y2:Q")
    unknown = alt.Chart(nodes[nodes["hhi"].isna()]).mark_circle(opacity=1, color="#c3c7ce", stroke="white").encode(x=x, y=y, size=size)
    known = alt.Chart(nodes[nodes["hhi"].notna()]).mark_circle(opacity=1, stroke="white").encode(x=x, y=y, size=size, color=colour)
    labels = (
        alt.Chart(nodes[nodes["label"] != ""]).mark_text(align="left", dx=9, fontSize=9, color="#1d2733").encode(x=x, y=y, text="label:N")
    )
    title = f"{len(nodes)} items of the AI stack and {len(edges)} needs between them; a larger dot has more direct dependents"
    return alt.layer(rules, unknown, known, labels).properties(width=1400, height=820, title=title)


def label(name: str) -> str:
    """A name that fits beside its dot: without what stands in brackets, and shortened where it is long."""
    short = name.partition(" (")[0]
    return short if len(short) <= LONGEST_LABEL else f"{short[: LONGEST_LABEL - 1].rstrip(' ,')}…"


def heights(nodes: pd.DataFrame, edges: pd.DataFrame) -> pd.Series:
    """Height of each item in its column, 0 to 1: near the mean of what it is joined to."""
    both = pd.concat([edges, edges.rename(columns={"source": "target", "target": "source"})])
    height = pd.Series(0.5, index=nodes["item_id"])
    column = nodes.set_index("item_id")["x"]
    height = (nodes.set_index("item_id").groupby("x").cumcount() + 0.5) / column.map(column.value_counts())
    for _ in range(SWEEPS):
        pull = both["source"].map(height).groupby(both["target"]).mean().reindex(height.index).fillna(height)
        order = pull.groupby(column).rank(method="first")
        height = (order - 0.5) / column.map(column.value_counts())
    return nodes["item_id"].map(height)


def waterfall_picture(stack: Stack, deployment: dict[str, str]) -> alt.LayerChart:
    """Value added to a million useful tokens by each layer, stacked to the total."""
    frame = stack.sql(VALUE_ADDED, deployment)
    low, central, high = stack.rows(USEFUL, deployment)[1][0]
    frame["order"] = frame["layer"].map(LAYERS.index) * 2 + (frame["part"] == "margin")
    frame = frame.sort_values("order")
    frame["end"] = frame["usd"].cumsum()
    frame["start"] = frame["end"] - frame["usd"]
    frame["step"] = frame["layer"] + frame["part"].map({"own_cost": "", "margin": ", margin"})
    total = pd.DataFrame([{"step": "useful token", "start": 0.0, "end": central, "usd": central, "part": "total"}])
    frame = pd.concat([frame, total], ignore_index=True)
    frame["part"] = frame["part"].replace({"own_cost": "own cost"})
    frame["label"] = frame["usd"].map(lambda usd: f"{usd:.2f}" if abs(usd) >= 0.005 else "<0.01")
    y = alt.Y("step:N", sort=frame["step"].tolist(), title=None, axis=alt.Axis(labelFontSize=12))
    colour = alt.Color(
        "part:N",
        title=None,
        scale=alt.Scale(domain=["own cost", "margin", "total"], range=["#3b6ea5", "#e08b3a", "#333333"]),
        legend=alt.Legend(orient="bottom"),
    )
    bars = (
        alt.Chart(frame)
        .mark_bar(height=16)
        .encode(y=y, x=alt.X("start:Q", title="USD per million useful tokens"), x2="end:Q", color=colour)
    )
    labels = alt.Chart(frame).mark_text(align="left", dx=4, fontSize=11).encode(y=y, x=alt.X("end:Q"), text="label:N")
    names = [stack.rows(f"select name from core.{k} where {k}_id = ?", [value])[1][0][0] for k, value in deployment.items()]
    what = ", ".join(names)
    title = f"{what}: {central:.2f} USD per million useful tokens (5th to 95th percentile {low:.2f} to {high:.2f})"
    return alt.layer(bars, labels).properties(width=900, height=24 * len(frame), title=title)


def cascade_picture(stack: Stack) -> alt.LayerChart:
    """Organisations by the part of the stack's sales that falls with each: blue for want of what it delivers, orange what else falls for want
    of its purchases, and the range that its shares allow."""
    frame = stack.sql(CASCADE, {"most": RISKIEST})
    frame["other"] = (frame["esri"] - frame["down"]).clip(lower=0.0)
    parts = {"down": "no longer delivers", "other": "no longer buys (beyond that)"}
    bars = frame.melt(["name"], list(parts), "part", "loss").assign(order=lambda f: f["part"].map(list(parts).index))
    bars["part"] = bars["part"].map(parts)
    y = alt.Y("name:N", sort=frame["name"].tolist(), title=None, axis=alt.Axis(labelFontSize=14, labelLimit=260))
    scale = alt.Scale(domain=[0, 1])
    axis = alt.Axis(format="%", labelFontSize=13, titleFontSize=13, grid=True, gridColor="#e3e6ea")
    x = alt.X("loss:Q", stack=True, scale=scale, axis=axis, title="Part of all sales between firms of the stack that is lost")
    colour = alt.Color(
        "part:N",
        title="lost because it",
        sort=list(parts.values()),
        scale=alt.Scale(domain=list(parts.values()), range=["#0072b2", "#e69f00"]),
        legend=alt.Legend(orient="bottom", labelFontSize=13, titleFontSize=13, labelLimit=300),
    )
    drawn = alt.Chart(bars).mark_bar(height=17).encode(y=y, x=x, color=colour, order="order:Q")
    ends = {"x": alt.X("low:Q", scale=scale), "x2": "high:Q"}
    ranges = alt.Chart(frame).mark_rule(color="#222222", strokeWidth=1.6).encode(y=y, **ends)
    ticks = [alt.Chart(frame).mark_tick(color="#222222", thickness=1.6, size=9).encode(y=y, x=alt.X(f"{end}:Q")) for end in ("low", "high")]
    title = alt.Title(
        f"What falls with an organisation: the {RISKIEST} of greatest systemic risk (ESRI)",
        subtitle="Each closes with all that it makes; stocks are not counted. Black: the range within the bounds of its own shares.",
        fontSize=16,
        subtitleFontSize=13,
        anchor="start",
    )
    return alt.layer(drawn, ranges, *ticks).properties(width=620, height=26 * len(frame), title=title)


if __name__ == "__main__":
    main()
