"""`stackgraph sources`: what each source is, what it may be used for, and how old it is."""

from __future__ import annotations

import pytest

from pipelines.home import Home
from tests.command import rows_of


def test_every_source_tells_its_licence_and_age(published: Home) -> None:
    rows = rows_of(published, "sources")
    assert {row["source"] for row in rows} >= {
        "curated",
        "epoch_data_centers",
        "epoch_gpu_clusters",
        "epoch_ml_hardware",
        "mlperf",
        "model_prices",
    }
    for row in rows:
        assert row["licence"]
        if row["vintage"] is None:  # nothing of it may be shipped, or was ever fetched here
            assert row["freshness"].startswith("no vintage yet: `stackgraph run --live` fetches it (none is shipped: ")
            continue
        assert row["rows"] > 0
        assert row["primary"] + row["secondary"] + row["derived"] + row["estimate"] == pytest.approx(1, abs=0.021)


def test_only_stale_sources_are_listed_when_asked(published: Home) -> None:
    every = {row["source"]: row["freshness"] for row in rows_of(published, "sources")}
    stale = {row["source"] for row in rows_of(published, "sources", "--stale")}
    assert stale == {name for name, freshness in every.items() if freshness != "fresh"}
