"""What is wrong with an overlay is told with the file and the line of its rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graph.cost.rollup import Contradiction, step
from pipelines import state
from pipelines.assets.behind import made_from, overlay_rows
from pipelines.home import OVERLAY
from sources import overlay
from sources.errors import SourceError

PRICES = """item_id,low,central,high,unit,currency_year,basis,as_of
hbm3e,900,1000,1100,USD/GB,2026,contract,2026
electricity,58,61,66,USD/MWh,2026,contract,2026
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "price.csv").write_text(PRICES, encoding="utf-8")
    monkeypatch.setenv(OVERLAY, str(tmp_path))
    state.folders.cache_clear()
    yield tmp_path
    state.folders.cache_clear()
    state._in_use.pop(overlay.ID, None)


def test_the_rows_behind_a_board_are_those_of_what_it_is_made_from(own: Path) -> None:
    bill = {
        "item:hbm3e": step(),
        "package:h200": step({"item:hbm3e": 141}),
        "board:h200": step({"package:h200": 1}),
        "item:electricity": step(),
    }
    assert made_from(bill, "board:h200") == {"board:h200", "package:h200", "item:hbm3e"}
    assert overlay_rows(made_from(bill, "board:h200")) == f"{own}/price.csv:2"
    assert overlay_rows({"item:gallium"}) == ""


def test_a_cycle_is_called_one() -> None:
    from graph.cost.chain import _circle

    one = np.ones(())
    said, nodes = _circle({"wafer": {"silicon": one}, "silicon": {"wafer": one, "quartz": one}}, "silicon")
    assert said == "; it needs itself, in a cycle: silicon needs wafer needs silicon"
    assert nodes == {"item:silicon", "item:wafer"}
    assert _circle({"silicon": {"quartz": one}}, "silicon") == ("", {"item:silicon", "item:quartz"})
    assert Contradiction("x", nodes).nodes == nodes


def test_a_folder_called_like_a_table_is_said_to_be_one(tmp_path: Path) -> None:
    (tmp_path / "price.csv").mkdir()
    with pytest.raises(SourceError, match=r"price.csv:1: .*this is a folder: expected a file of records"):
        overlay.folder(tmp_path)


def test_a_date_of_operation_in_another_millennium_is_refused_of_whichever_source(own: Path) -> None:
    from sources.catalog import _check_dates
    from sources.reading import shipped

    rows = pd.DataFrame({"as_of": ["2026"], "operational": ["2999-01-01"], "source_file": ["site.csv"], "source_line": [7]})
    for source in ("epoch_gpu_clusters", overlay.ID):
        with pytest.raises(SourceError, match=r"site.csv:7: column 'operational': 2999-01-01 lies long after"):
            _check_dates(rows, shipped(state.source(source)))
