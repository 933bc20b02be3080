"""The pictures of the README, drawn from the published file: `make figures`.

graph.png       the items of the stack and what requires what, from materials to the useful token, coloured by concentration
waterfall.png   what a million useful tokens cost on one board, layer by layer, own cost and margin
"""

from __future__ import annotations

from pathlib import Path

import altair as alt
import pandas as pd

from pipelines.stack import Stack
from sources.records import LAYERS

HERE = Path(__file__).resolve().parent
WATERFALL = {"board": "gb200", "model": "deepseek_v3", "workload": "coding_agent"}
LABELLED_PER_LAYER = 7


def main() -> None:
    stack = Stack.load()
    save(graph_picture(stack), "graph")
    save(waterfall_picture(stack, **WATERFALL), "waterfall")


def save(chart: alt.Chart | alt.LayerChart, name: str) -> None:
    """Write docs/<name>.png."""
    chart.configure_view(stroke=None).configure_axis(grid=False, domain=False, ticks=False).save(str(HERE / f"{name}.png"), scale_factor=2)


def graph_picture(stack: Stack) -> alt.LayerChart:
    """Items as dots in the columns of their layers; a line from each input to what requires it."""
    nodes = stack.sql(
        "select i.item_id, i.name, i.layer, h.hhi_central as hhi from core.item i left join risk.hhi h on h.item_id = i.item_id and h.\"by\" = 'owner'"
    )
    edges = stack.sql(
        "select replace(source_node, 'item:', '') as source, replace(target_node, 'item:', '') as target from graph.edge "
        "where kind in ('requires', 'part_of') and source_node like 'item:%' and target_node like 'item:%'"
    )
    nodes["dependents"] = nodes["item_id"].map(edges["source"].value_counts()).fillna(0)
    nodes["x"] = nodes["layer"].map(LAYERS.index)
    nodes = nodes.sort_values(["x", "dependents"], ascending=[True, False])
    rank = nodes.groupby("x").cumcount()
    nodes["y"] = (rank + 0.5) / nodes.groupby("x")["item_id"].transform("size")
    nodes["label"] = nodes["name"].str.replace(r" \(.*", "", regex=True).str.slice(0, 26).where(rank < LABELLED_PER_LAYER, "")
    place = nodes.set_index("item_id")[["x", "y"]]
    lines = edges.join(place, on="source").join(place, on="target", rsuffix="2")
    x = alt.X(
        "x:Q",
        scale=alt.Scale(domain=[-0.3, len(LAYERS) - 0.2]),
        axis=alt.Axis(values=list(range(len(LAYERS))), labelExpr=_layer_names(), title=None, orient="top", labelFontSize=12),
    )
    y = alt.Y("y:Q", scale=alt.Scale(domain=[1, 0]), axis=None)
    rules = alt.Chart(lines).mark_rule(strokeWidth=0.5, opacity=0.22, color="#667").encode(x=x, y=y, x2="x2:Q", y2="y2:Q")
    dots = (
        alt.Chart(nodes)
        .mark_circle(opacity=1, stroke="white", strokeWidth=0.6)
        .encode(
            x=x, y=y,
            size=alt.Size("dependents:Q", scale=alt.Scale(type="sqrt", range=[24, 420]), legend=None),
            color=alt.Color("hhi:Q", title="Herfindahl index, by owner", scale=alt.Scale(scheme="yelloworangered", domain=[0, 10000]), legend=alt.Legend(orient="bottom", direction="horizontal")),
        )
    )  # fmt: skip
    names = (
        alt.Chart(nodes[nodes["label"] != ""]).mark_text(align="left", dx=9, fontSize=8.5, color="#223").encode(x=x, y=y, text="label:N")
    )
    return alt.layer(rules, dots, names).properties(
        width=1350,
        height=760,
        title=f"{len(nodes)} items of the AI stack and {len(edges)} needs between them: size = direct dependents, grey = no share known",
    )


def _layer_names() -> str:
    """A Vega expression that turns 0, 1, 2 ... into the names of the layers."""
    pairs = ", ".join(f"'{k}': '{name}'" for k, name in enumerate(LAYERS))
    return f"({{{pairs}}})[datum.value]"


def waterfall_picture(stack: Stack, board: str, model: str, workload: str) -> alt.LayerChart:
    """Value added to a million useful tokens by each layer, stacked to the total."""
    frame = stack.sql(
        "select layer, part, usd_per_mtoken as usd from cost.cost_by_layer where board_id = ? and model_id = ? and workload_id = ?",
        [board, model, workload],
    )
    low, central, high = stack.rows(
        "select usd_low, usd_central, usd_high from cost.useful_token where board_id = ? and model_id = ? and workload_id = ?",
        [board, model, workload],
    )[1][0]
    frame["order"] = frame["layer"].map(LAYERS.index) * 2 + (frame["part"] == "margin")
    frame = frame.sort_values("order")
    frame["end"] = frame["usd"].cumsum()
    frame["start"] = frame["end"] - frame["usd"]
    frame["step"] = frame["layer"] + frame["part"].map({"own_cost": "", "margin": ", margin"})
    total = pd.DataFrame([{"step": "useful token", "start": 0.0, "end": central, "usd": central, "part": "total"}])
    frame = pd.concat([frame, total], ignore_index=True)
    frame["label"] = frame["usd"].map(lambda v: f"{v:.2f}" if abs(v) >= 0.005 else "<0.01")
    order = frame["step"].tolist()
    axis = alt.Y("step:N", sort=order, title=None, axis=alt.Axis(labelFontSize=12))
    bars = (
        alt.Chart(frame)
        .mark_bar(height=16)
        .encode(
            y=axis, x=alt.X("start:Q", title="USD per million useful tokens"), x2="end:Q",
            color=alt.Color("part:N", title=None, scale=alt.Scale(domain=["own_cost", "margin", "total"], range=["#3b6ea5", "#e08b3a", "#333"]), legend=alt.Legend(orient="bottom")),
        )
    )  # fmt: skip
    labels = alt.Chart(frame).mark_text(align="left", dx=4, fontSize=11).encode(y=axis, x=alt.X("end:Q"), text="label:N")
    title = f"{board}, {model}, {workload}: {central:.2f} USD per million useful tokens (5th to 95th percentile {low:.2f} to {high:.2f})"
    return alt.layer(bars, labels).properties(width=900, height=24 * len(frame), title=title)


if __name__ == "__main__":
    main()
