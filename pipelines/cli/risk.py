"""`stackgraph concentration`."""

from __future__ import annotations

from graph.names import called, spoken
from pipelines.cli.errors import unknown
from pipelines.cli.open import published
from pipelines.cli.output import say, show, show_most
from sources.records import LAYERS

RANKED = """
select rank, item_id, largest_name as largest, cr1, cr3, hhi_low, hhi_central, hhi_high, band, effective_suppliers as effective,
       round(1 - estimate_share, 2) as sourced, {governance} finding
from mart.concentration
where "by" = ? and layer = coalesce(?, layer) and hhi_central is not null
order by rank, item_id
"""
ONE = """
select "by", hhi_low, hhi_central, hhi_high, band, band_is_certain as certain, largest_name as largest, cr1, cr3, effective_suppliers as effective,
       known_share as known, primary_share as "primary", secondary_share as "secondary", derived_share as derived, estimate_share as estimate,
       governance_risk, governance_hhi, finding
from mart.concentration where item_id = ? order by "by" = 'country', "by" = 'owner'
"""
WHO = """
select supplier, country, share_low, share_central, share_high, grade, publisher, title, url
from mart.supplier where item_id = ? order by share_central desc nulls last, supplier
"""


def show_concentration(item: str | None, by: str, layer: str | None, limit: int, format: str) -> None:
    """The ranking, or one item with its suppliers."""
    stack = published()
    if layer is not None and layer not in LAYERS:
        raise unknown("layer", layer, LAYERS)
    if item is None:
        query = RANKED.format(governance="round(governance_risk, 2) as governance_risk," if by == "country" else "")
        show_most(*stack.rows(query, [by, layer]), format, limit)
        return
    rows = stack.rows("select item_id, name from core.item")[1]
    item_id = called(*zip(*rows, strict=True)).get(spoken(item.removeprefix("item:")))
    if item_id is None:
        raise unknown("item", item, [i for i, _ in rows])
    show(*stack.rows(ONE, [item_id]), format)
    if format == "table":
        say(f"Suppliers of {item_id}:")
        show(*stack.rows(WHO, [item_id]), format)
        say(f"next        stackgraph explain hhi:{item_id} · stackgraph chokepoints {item_id} · stackgraph disrupt {item_id}")
