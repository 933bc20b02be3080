"""`stackgraph describe`: what a table and a column hold."""

from __future__ import annotations

from pipelines.home import Home
from tests.command import rows_of


def test_a_described_column_tells_its_unit(published: Home) -> None:
    (row,) = rows_of(published, "describe", "mart.useful_token.usd_central")
    assert row["unit"] == "USD/Mtoken"
