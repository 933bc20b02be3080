"""`stackgraph sources`: what each source is, what it may be used for, and how old it is."""

from __future__ import annotations

import re

import numpy as np
import pytest

from pipelines.home import Home
from tests.command import Tables, asked, rows_of


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
    assert stale == {name for name, freshness in every.items() if not freshness.startswith("fresh")}


def test_evidence_is_counted_over_items_with_a_share_in_use(published: Home, tables: Tables) -> None:
    counts: dict[str, list[bool]] = {"in use": [], "published": [], "derived": []}
    for (item_id,) in tables.rows("select distinct item_id from core.share where status = 'current' and central is not null"):
        shares = tables.rows(f"select status, grade from core.share where item_id = '{item_id}' and central is not null")
        good = [(status, grade) for status, grade in shares if grade in ("primary", "secondary")]
        counts["in use"].append(any(status == "current" for status, _ in good))
        counts["published"].append(any(status in ("current", "conflicting") for status, _ in good))
        counts["derived"].append(any(status == "current" and grade != "estimate" for status, grade in shares))
    told = asked(published.root, "sources").stderr
    (line,) = [line for line in told.splitlines() if "items with known shares" in line]
    percent = [f"{np.mean(found):.0%}" for found in (counts["in use"], counts["derived"], counts["published"])]
    assert re.findall(r"\d+%", line) == percent
    assert f"of the {len(counts['in use'])} items" in line
