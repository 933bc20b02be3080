"""`stackgraph concentration`: the most concentrated items, and who makes one."""

from __future__ import annotations

from pipelines.home import Home
from tests.command import rows_of, stackgraph


def test_concentration_is_listed_from_the_top(published: Home) -> None:
    rows = rows_of(published, "concentration", "--limit", "50")
    assert len(rows) == 50
    central = [row["hhi_central"] for row in rows if row.get("hhi_central") is not None]
    assert central == sorted(central, reverse=True)


def test_concentration_of_one_item_tells_its_suppliers(published: Home) -> None:
    done = stackgraph(published.root, "concentration", "hbm3e")
    for name in ("SK hynix", "Samsung", "Micron"):
        assert name in done.stdout
