"""`stackgraph sources`."""

from __future__ import annotations

from datetime import date, timedelta

from pipelines.cli.open import published
from pipelines.cli.output import show

CADENCE = {"daily": 1, "weekly": 7, "weeks": 42, "monthly": 31, "half-yearly": 183, "yearly": 366, "package": 92}
"""Days after which a source of this cadence is stale, once again as long has passed."""
GRADED = ("share", "requirement", "price", "parameter", "board", "site", "power_contract", "queue_entry", "benchmark", "model_price")
QUERY = f"""
with fact as ({" union all ".join(f"select source_id, grade from core.{t}" for t in GRADED)}),
     counted as (select s.collection, count(*) as rows, avg((f.grade = 'primary')::int) as "primary", avg((f.grade = 'secondary')::int) as "secondary",
                        avg((f.grade = 'derived')::int) as derived, avg((f.grade = 'estimate')::int) as estimate
                 from fact f join core.source s using (source_id) group by 1)
select d.source_id as source, d.publisher, d.licence, d.cadence, d.retrieved_at, left(d.sha256, 12) as vintage, c.rows,
       round(c."primary", 2) as "primary", round(c."secondary", 2) as "secondary", round(c.derived, 2) as derived, round(c.estimate, 2) as estimate
from core.source d join counted c on c.collection = d.source_id
order by 1
"""


def show_sources(stale: bool, format: str) -> None:
    """Every source folder with its age and its evidence."""
    columns, rows = published().rows(QUERY)
    cadence, retrieved = columns.index("cadence"), columns.index("retrieved_at")
    shown = [(*row, freshness(row[cadence], row[retrieved])) for row in rows]
    if stale:
        shown = [row for row in shown if row[-1] != "fresh"]
    show([*columns, "freshness"], shown, format)


def freshness(cadence: str, retrieved_at: str, today: date | None = None) -> str:
    """'fresh' while less than two cadences have passed since it was read, else how many days ago that was."""
    age = (today or date.today()) - date.fromisoformat(retrieved_at)
    return "fresh" if age <= timedelta(days=2 * CADENCE[cadence]) else f"stale: {age.days} days old"
