"""disruption.png: what is made each day after the headline scenarios, with the range that thin and ample stocks give."""

from __future__ import annotations

import altair as alt
import numpy as np
import pandas as pd

from graph.risk.scenario import HEADLINES, library
from graph.risk.simulation import simulate
from graph.risk.stress import YEAR
from graph.risk.supply import ACCELERATORS, CORE, TOKENS, supply_networks
from pipelines.stack import Stack
from pipelines.warehouse import tidy

NAMES = {"accelerators": ACCELERATORS, "useful tokens": TOKENS}
COLOURS = {"accelerators": "#d55e00", "useful tokens": "#0072b2"}
"""Okabe and Ito's vermilion and blue: told apart with any kind of colour vision."""

LABELS = {"accelerators": (96, 0.08), "useful tokens": (215, 0.66)}
"""Where the lines are named: day and height in the first panel."""


def disruption_picture(stack: Stack) -> alt.VConcatChart:
    """One panel a scenario: output per day as a part of normal, central line and band."""
    frame, titles = courses(stack), {name: library()[name].title for name in HEADLINES}
    panels = [panel(frame[frame["scenario"] == name], titles[name], k) for k, name in enumerate(HEADLINES)]
    rows = [alt.hconcat(*panels[k : k + 2], spacing=28) for k in range(0, len(panels), 2)]
    title = alt.TitleParams(
        "What is made each day after a loss, as a part of normal",
        subtitle="Line: central stocks. Band: from thin to ample stocks and from high to low shares of what is lost. Grey: as long as the loss lasts in full.",
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
    made = {
        bound: simulate(one.net, [one.losses(case, YEAR) for case in cases], YEAR, list(NAMES.values())).made
        for bound, one in supplies.items()
    }
    every = np.stack(list(made.values()))
    parts = []
    for s, case in enumerate(cases):
        for k, what in enumerate(NAMES):
            days = {
                "day": np.arange(YEAR),
                "central": made["central"][s, :, k],
                "low": every[:, s, :, k].min(axis=0),
                "high": every[:, s, :, k].max(axis=0),
            }
            parts.append(pd.DataFrame(days).assign(scenario=case.scenario_id, what=what, until=case.duration_days))
    return pd.concat(parts, ignore_index=True)


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
