"""`stackgraph cost`: as many rows as asked for, of the deployment asked for."""

from __future__ import annotations

from pipelines.home import Home
from tests.command import Tables, rows_of


def test_a_limit_is_kept(published: Home) -> None:
    assert len(rows_of(published, "cost", "--limit", "7")) == 7


def test_a_cost_can_be_narrowed_to_one_deployment(published: Home, tables: Tables) -> None:
    (row,) = rows_of(published, "cost", "--board", "h100", "--model", "llama_3_3_70b", "--workload", "chat")
    expected = tables.value(
        "select usd_central from cost.useful_token where board_id = 'h100' and model_id = 'llama_3_3_70b' and workload_id = 'chat'"
    )
    assert row["usd_central"] == expected
