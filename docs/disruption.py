"""disruption.png: what is made each day after the headline scenarios, with the range that thin and ample stocks give."""

from __future__ import annotations

from dataclasses import replace

import altair as alt
import numpy as np
import pandas as pd

from graph.risk.network import Array, Network
from graph.risk.scenario import HEADLINES, library
from graph.risk.simulation import Loss, simulate
from graph.risk.stress import YEAR
from graph.risk.supply import ACCELERATORS, CORE, TOKENS, supply_networks
from pipelines.stack import Stack
from pipelines.warehouse import tidy

NAMES = {"accelerators": ACCELERATORS, "useful tokens": TOKENS}
COLOURS = {"accelerators": "#d55e00", "useful tokens": "#0072b2"}
"""Okabe and Ito's vermilion and blue: told apart with any kind of colour vision."""

STEPS = 12
"""Courses from the central ones to either end of the ranges. Ample stocks run out later than thin ones: with the ends alone, the days
between would seem safe."""
LABELS = {"accelerators": (110, 0.06), "useful tokens": (215, 0.66)}
"""Where the lines are named: day and height in the first panel."""


def disruption_picture(stack: Stack) -> alt.VConcatChart:
    """One panel a scenario: output per day as a part of normal, central line and band."""
    frame, titles = courses(stack), {name: library()[name].title for name in HEADLINES}
    panels = [panel(frame[frame["scenario"] == name], titles[name], k) for k, name in enumerate(HEADLINES)]
    rows = [alt.hconcat(*panels[k : k + 2], spacing=28) for k in range(0, len(panels), 2)]
    title = alt.TitleParams(
        "What is made each day after a loss, as a part of normal",
        subtitle=[
            "Line: all at the middle of its range. Band: the least and the most on each day, over courses all the way from thin stocks with high",
            "shares lost to ample stocks with low ones (all moved together). Grey: as long as the loss lasts in full.",
        ],
        fontSize=17,
        subtitleFontSize=13,
        anchor="start",
        offset=12,
    )
    return alt.vconcat(*rows, spacing=22).properties(title=title)


def courses(stack: Stack) -> pd.DataFrame:
    """Day by day: scenario, what, day, low, central, high."""
    supplies = supply_networks({name: tidy(stack.sql(f"select * from core.{name}")) for name in CORE})
    cases = [library()[name] for name in HEADLINES]
    ends = {bound: (one.net, [one.losses(case, YEAR) for case in cases]) for bound, one in supplies.items()}
    part = np.arange(1, STEPS + 1) / STEPS
    set_ups = [ends["central"], *(between(*ends["central"], *ends[bound], float(x)) for bound in ("low", "high") for x in part)]
    every = np.stack([simulate(*one, YEAR, list(NAMES.values())).made for one in set_ups])
    parts = []
    for s, case in enumerate(cases):
        for k, what in enumerate(NAMES):
            made = every[:, s, :, k]
            days = {"day": np.arange(YEAR), "central": made[0], "low": made.min(axis=0), "high": made.max(axis=0)}
            parts.append(pd.DataFrame(days).assign(scenario=case.scenario_id, what=what, until=case.duration_days))
    return pd.concat(parts, ignore_index=True)


def between(
    net: Network, hit: list[list[Loss]], end: Network, hit_at_end: list[list[Loss]], part: float
) -> tuple[Network, list[list[Loss]]]:
    """The network and the losses that lie a part of the way (0 to 1) from the first to the other: stocks, transits, lives, shares lost."""

    def mixed(name: str) -> Array:
        return np.asarray((1.0 - part) * getattr(net, name) + part * getattr(end, name))

    days = {name: np.rint(mixed(name)).astype(np.int64) for name in ("lead", "switch_days")}
    made = replace(net, slot_stock=mixed("slot_stock"), turnover=mixed("turnover"), kept=np.rint(mixed("kept")), **days)
    losses = []
    for some, others in zip(hit, hit_at_end, strict=True):
        parts = [{loss.node: loss.part for loss in side} for side in (some, others)]
        course = (some or others)[0].course
        nodes = dict.fromkeys(parts[0] | parts[1])
        losses.append([Loss(n, (1.0 - part) * parts[0].get(n, 0.0) + part * parts[1].get(n, 0.0), course) for n in nodes])
    return made, losses


def panel(frame: pd.DataFrame, title: str, number: int) -> alt.LayerChart:
    """A scenario: two lines with their bands, named in the first panel."""
    colour = alt.Color("what:N", scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())), legend=None)
    x = alt.X(
        "day:Q",
        title="days after the loss" if number >= 2 else None,
        scale=alt.Scale(domain=[0, YEAR - 1], nice=False),
        axis=alt.Axis(values=[0, 90, 180, 270, 360], labelFontSize=12, titleFontSize=12),
    )
    y = alt.Y(
        "central:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1.02], nice=False),
        axis=alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1], labelFontSize=12),
    )
    outage = pd.DataFrame([{"start": 0, "end": min(int(frame["until"].iloc[0]), YEAR - 1)}])
    shade = alt.Chart(outage).mark_rect(color="#e9ebee").encode(x=alt.X("start:Q"), x2="end:Q")
    normal = alt.Chart(pd.DataFrame([{"central": 1.0}])).mark_rule(color="#8a929c", strokeDash=[3, 3]).encode(y=y)
    band = alt.Chart(frame).mark_area(opacity=0.25).encode(x=x, y=alt.Y("low:Q"), y2="high:Q", color=colour)
    line = alt.Chart(frame).mark_line(strokeWidth=2.4).encode(x=x, y=y, color=colour)
    named = pd.DataFrame([(what, *at) for what, at in LABELS.items()] if number == 0 else [], columns=["what", "day", "central"])
    text = alt.Chart(named).mark_text(align="left", fontSize=14, fontWeight="bold").encode(x=x, y=y, text="what:N", color=colour)
    heading = alt.TitleParams(title, fontSize=14, anchor="start", fontWeight="bold")
    return alt.layer(shade, normal, band, line, text).properties(width=390, height=190, title=heading)
