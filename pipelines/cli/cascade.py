"""`stackgraph cascade`: the published ranking of organisations, one of them, or any network of firms given as files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from graph.names import called, spoken
from pipelines.cli.errors import Unusable, unknown
from pipelines.cli.open import published
from pipelines.cli.output import number, say, show_most
from pipelines.stack import Stack

if TYPE_CHECKING:
    import pandas as pd

INPUTS = ("core.item", "core.offer", "core.requirement", "core.board", "cost.price", "cost.price_edge")
RANKED = """
select c.rank, c.organisation_id, o.name, c.esri_low, c.esri, c.esri_high, c.esri_down, c.esri_up, c.iterations, c.esri_finer, c.rank_finer,
       c.own_share, c.lines, c.valued_share, c.primary_share as "primary", c.secondary_share as "secondary", c.derived_share as derived,
       c.estimate_share as estimate
from risk.cascade c join core.organisation o using (organisation_id) order by c.rank, c.organisation_id
"""
FINER = 1e-6
"""The smaller eps at which a network in files is reckoned once more, to tell results from artefacts of where the rounds end."""
COMPARED = 500
"""So many of its firms, the riskiest: at the smaller eps every firm of a large network takes minutes."""
IN_TABLE = (
    "rank", "organisation_id", "name", "esri_low", "esri", "esri_high", "esri_down", "esri_up", "iterations", "esri_finer", "rank_finer", "estimate",
)  # fmt: skip
SOURCES = "select source_id, publisher, title, url from core.source"


def show_ranking(limit: int, format: str) -> None:
    """Organisations by what falls with them."""
    columns, rows = published().rows(RANKED)
    if format == "table":
        shown = [columns.index(name) for name in IN_TABLE]
        columns, rows = list(IN_TABLE), [tuple(row[k] for k in shown) for row in rows]
        say("What part of all sales between firms of the stack is lost where an organisation closes with all that it makes (ESRI):")
    show_most(columns, rows, format, limit)


def show_organisations(names: list[str], limit: int, format: str) -> None:
    """Whom each of some organisations hits, the nearest first, through which input, and where that was published."""
    import pandas as pd

    stack = published()
    ids = [organisation(stack, name) for name in names]
    frame = pd.concat([hits(stack, name) for name in ids], ignore_index=True)
    if format == "table":
        ranked = {row[1]: row for row in stack.rows(RANKED)[1]}
        for name in ids:
            say(summary(stack, ranked[name]))
    rows = frame.astype(object).where(frame.notna(), None).to_numpy(dtype=object).tolist()
    show_most(list(frame.columns), rows, format, limit)
    if format == "table":
        say("next        " + " · ".join(f"stackgraph disrupt org:{name} · stackgraph explain cascade:{name}" for name in ids))


def summary(stack: Stack, row: tuple[object, ...]) -> str:
    """The ranking's row of one organisation, in words."""
    column = dict(zip(stack.rows(f"{RANKED} limit 0")[0], row, strict=True))
    low, esri, high, down, up, finer = (
        number(float(str(column[c]))) for c in ("esri_low", "esri", "esri_high", "esri_down", "esri_up", "esri_finer")
    )
    grades = ", ".join(
        f"{g} for {float(str(column[g])):.0%}" for g in ("primary", "secondary", "derived", "estimate") if float(str(column[g])) >= 0.005
    )
    return (
        f"{column['name']} ({column['organisation_id']}): rank {column['rank']}, {esri} of all sales between firms lost ({low} to {high} within the "
        f"bounds of its shares); {down} for want of its deliveries, {up} for want of its purchases. At eps 1e-6: {finer}, rank "
        f"{column['rank_finer']}. Weakest fact on the best-known way to those it hits: {grades}."
    )


def hits(stack: Stack, name: str) -> pd.DataFrame:
    """`graph.risk.organisation_hits` on the published tables, with the source of each step."""
    from graph.risk.organisation_hits import organisation_hits
    from graph.risk.organisation_needs import facts
    from pipelines.warehouse import tidy

    tables = {table.split(".")[1]: tidy(stack.sql(f"select * from {table}")) for table in INPUTS}
    found = organisation_hits(facts(tables, tables["price"], tables["price_edge"]), name)
    found = found.merge(stack.sql(SOURCES), how="left", on="source_id")
    found.insert(0, "organisation_id", name)
    first = ["organisation_id", "round", "channel", "hit", "loss", "through", "need", "makers", "index_part", "grade", "publisher"]
    return found[[*first, "title", "url", "locator"]]


def organisation(stack: Stack, name: str) -> str:
    """The id of an organisation of the ranking: 'org:tsmc', 'tsmc' and 'TSMC' are the same."""
    known = stack.ids("risk.cascade", "organisation_id")
    rows = stack.rows("select organisation_id, name from core.organisation")[1]
    found = called(*zip(*rows, strict=True)).get(spoken(name.removeprefix("org:")))
    if found is None:
        raise unknown("organisation", name, known)
    if found not in known:
        raise Unusable(
            f"{found} makes nothing that stands behind useful tokens: closing it stops nothing here. `stackgraph explain org:{found}`"
        )
    return found


def show_network(
    files: tuple[Path, Path, Path],
    firms: list[str],
    eps: float,
    market: bool,
    final_demand: bool,
    limit: int,
    format: str,
    with_finer: bool = False,
) -> None:
    """ESRI of every firm of a network given as files."""
    from graph.risk.cascade import CascadeError, esri
    from graph.risk.firm_network import FirmNetworkError, read_firm_network

    try:
        network = read_firm_network(*files)
        frame = esri(network, firms or None, eps=eps, market=market, final_demand=final_demand)
        riskiest = frame.nlargest(COMPARED, "esri")["firm"].tolist()
        told = list(frame.columns)
        if eps > FINER:
            finer = esri(network, riskiest, eps=FINER, market=market, final_demand=final_demand).set_index("firm")
            for column in ("esri", "iterations"):
                frame[f"{column}_finer"] = frame["firm"].map(finer[column])
            frame = frame.astype(object).where(frame.notna(), None)
        told = list(frame.columns) if with_finer or format == "table" else told
    except (FirmNetworkError, CascadeError) as error:
        raise Unusable(str(error).replace("final_demand=False", "--no-final-demand")) from None
    if not final_demand:
        say(
            "warning: without final demand losses circulate upstream without end, and an index says mostly where the rounds were stopped: "
            "what esri_finer has much higher than esri is no result"
        )
    if eps > FINER:
        moved = (frame["esri_finer"] - frame["esri"]).dropna().astype(float)
        of = "" if len(moved) == len(frame) else f" of the {len(moved)} riskiest firms"
        say(
            f"at eps {FINER:g} instead of {eps:g} an index{of} rises by {number(moved.mean())} on average and {number(moved.max())} at most "
            "(esri_finer)"
        )
    if format == "table":
        frame = frame.sort_values("esri", ascending=False, key=lambda column: column.astype(float))
    show_most(told, frame[told].to_numpy(dtype=object).tolist(), format, limit)
