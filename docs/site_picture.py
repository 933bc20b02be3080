"""What a million useful tokens cost in each region on one board, by what the money goes to, with the range of each."""

from __future__ import annotations

import altair as alt

from graph.cost.headline import HEADLINE_MODEL, HEADLINE_WORKLOAD
from pipelines.stack import Stack

OF = {"board": "gb200", "model": HEADLINE_MODEL, "workload": HEADLINE_WORKLOAD}
PLACES = """
select * from cost.site_choice
where board_id = $board and model_id = $model and workload_id = $workload and region_kind <> 'grid' and region not in ('us', 'european_union')
qualify row_number() over (partition by region order by usd_central) = 1
"""
EFFECT = "select * from cost.site_effect where board_id = $board and model_id = $model and workload_id = $workload"
TERMS = {
    "power": "#e69f00", "facility": "#999999", "waiting for power": "#d55e00", "network": "#56b4e9", "server or rack": "#0072b2",
    "staff and harness": "#c9d3dd",
}  # fmt: skip
COLUMNS = ("power_usd", "facility_usd", "waiting_usd", "network_usd", "server_usd", "other_usd")
GUESSED = " *"


def site_picture(stack: Stack) -> alt.HConcatChart:
    """Bars of what the site decides beside bars of all of it; whiskers from the 5th to the 95th percentile of the whole."""
    frame, effect = stack.sql(PLACES, OF), stack.sql(EFFECT, OF).iloc[0]
    assumed = frame["missing"].fillna("").str.contains("wait") | (frame["contract"] == "gas")
    frame["place"] = (
        frame["region"].str.removeprefix("us_").str.replace("_", " ") + (", " + frame["contract"]).where(frame["contract"] != "grid", "")
    ) + assumed.map({True: GUESSED, False: ""})
    frame = frame.sort_values("usd_central")
    y = alt.Y("place:N", sort=frame["place"].tolist(), title=None, axis=alt.Axis(labelFontSize=11, labelLimit=220))
    bars = frame.melt(["place", "site_hour_usd_central", "site_share", "usd_central"], list(COLUMNS), "column", "usd")
    bars["term"] = bars["column"].map(dict(zip(COLUMNS, TERMS, strict=True)))
    bars["order"] = bars["term"].map(list(TERMS).index)
    bars["hour_usd"] = bars["usd"] / (bars["site_share"] * bars["usd_central"]) * bars["site_hour_usd_central"]
    colour = alt.Color(
        "term:N", title=None, sort=list(TERMS), scale=alt.Scale(domain=list(TERMS), range=list(TERMS.values())),
        legend=alt.Legend(orient="bottom", labelFontSize=13, labelLimit=300, columns=6),
    )  # fmt: skip
    axis = alt.Axis(grid=True, gridColor="#e3e6ea", labelFontSize=12, titleFontSize=13, labelFlush=False, tickCount=8)

    def panel(name: str, value: str, shown: list[str], title: str, places: alt.Y, width: int) -> alt.LayerChart:
        """Stacked bars, a dot at the sum and whiskers at its percentiles."""
        rows = bars[bars["term"].isin(shown)]
        x = alt.X(f"{value}:Q", stack=True, title=title, axis=axis)
        drawn = alt.Chart(rows).mark_bar(height=9).encode(y=places, x=x, color=colour, order="order:Q")
        ends = alt.Chart(frame).encode(y=places)
        rule = ends.mark_rule(color="#222222", strokeWidth=1).encode(x=f"{name}_low:Q", x2=f"{name}_high:Q")
        ticks = [ends.mark_tick(color="#222222", thickness=1.2, size=7).encode(x=f"{name}_{end}:Q") for end in ("low", "high")]
        dot = ends.mark_point(color="#222222", filled=True, size=18, opacity=1).encode(x=f"{name}_central:Q")
        return alt.layer(drawn, rule, *ticks, dot).properties(width=width, height=13 * len(frame))

    site = panel("site_hour_usd", "hour_usd", list(TERMS)[:3], "What the site decides, USD per accelerator-hour", y, 450)
    bare = alt.Y("place:N", sort=frame["place"].tolist(), title=None, axis=None)
    whole = panel("usd", "usd", list(TERMS), "All of it, USD per million useful tokens", bare, 450)
    names = ", ".join(stack.rows(f"select name from core.{k} where {k}_id = ?", [value])[1][0][0] for k, value in OF.items())
    title = alt.Title(
        f"{names}: the site decides {effect['site_share_central']:.0%} of a useful token's cost",
        subtitle=[
            f"Another region moves it by {effect['site_moves_middle']:.0%} (10th to 90th percentile), another board by {effect['board_moves_middle']:.0%}. "
            "Each region with the power contract that is cheapest there.",
            "Black: 5th to 95th percentile. * The wait is that of generators, of places around it or of gas turbines, not measured for loads there.",
        ],
        fontSize=16, subtitleFontSize=13, anchor="start",
    )  # fmt: skip
    return alt.hconcat(site, whole, spacing=20).properties(title=title)
