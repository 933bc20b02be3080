"""A publisher that renames a word by which rows are picked: an error that names the word, not a file of which nothing is used."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from sources.comtrade.connector import REPORTERS, file_name
from sources.errors import SourceError
from sources.registry import folders
from tests.workbooks import workbook

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
SOURCES = {source.id: source for source in folders()}


def payload(source: str, file: str) -> bytes:
    return (PAYLOADS / source / f"synthetic_{file}").read_bytes()


SHEETS = payload("iso_queues", "nyiso.json")
FILES: dict[str, dict[str, bytes]] = {
    "ember": {"yearly_full_release_long_format.csv": payload("ember", "long.csv")},
    "mlperf": {"summary_results_v6.0.json": payload("mlperf", "summary_results_v6.0.json")},
    "model_prices": {"data.json": payload("model_prices", "data.json")},
    "litellm": {"model_prices_and_context_window.json": payload("litellm", "model_prices.json")},
    "usgs_mcs": {"MCS2026_Commodities_Data.csv": payload("usgs_mcs", "long.csv")},
    "edgar": {"CIK0000006951.json": payload("edgar", "CIK0000006951.json")},
    "iso_queues": {"miso.json": payload("iso_queues", "miso.json"), "spp.csv": payload("iso_queues", "spp.csv"), "nyiso.xlsx": SHEETS},
    "epoch_gpu_clusters": {"gpu_clusters.csv": payload("epoch_gpu_clusters", "gpu_clusters.csv")},
}


def told(source: str, files: Mapping[str, bytes]) -> str:
    connector = SOURCES[source].connector
    assert connector is not None
    with pytest.raises(SourceError) as caught:
        connector.parse(files)
    return str(caught.value)


def renamed(source: str, pattern: str, new: str) -> dict[str, bytes]:
    """The files of a source with a word replaced everywhere."""
    found = {name: re.sub(pattern.encode(), new.encode(), content) for name, content in FILES[source].items()}
    assert found != FILES[source]
    if "nyiso.xlsx" in found:
        found["nyiso.xlsx"] = workbook(json.loads(found["nyiso.xlsx"]))
    return found


@pytest.mark.parametrize(
    ("source", "old", "new", "expected"),
    [
        ("ember", ",TWh,", ",GWh,", "column 'Unit': expected Total Generation in 'TWh', got 'GWh'"),
        ("ember", ",gCO2/kWh,", ",kgCO2/MWh,", "column 'Unit': expected CO2 intensity in 'gCO2/kWh', got 'kgCO2/MWh'"),
        ("ember", "Power sector emissions", "Emissions of power", "column 'Category': no row says 'Power sector emissions' any more"),
        ("ember", ",Total,", ",All,", "column 'Subcategory': no row says 'Total' any more"),
        ("ember", "CO2 intensity", "Carbon intensity", "column 'Variable': no row says 'CO2 intensity' any more"),
        ("mlperf", '"closed"', '"Closed"', "column 'Category': no row says 'closed' any more, though it is read; nearest: Closed"),
        ("mlperf", '"datacenter"', '"data center"', "column 'Suite': no row says 'datacenter' any more"),
        ("mlperf", "Tokens/s", "tok/s", "column 'Performance_Units': no row says 'Tokens/s' any more"),
        ("model_prices", "cache_read_mtok", "cached_mtok", "column 'prices': no row says 'cache_read_mtok' any more"),
        ("litellm", '"mode": "chat"', '"mode": "conversation"', "column 'mode': no row says 'chat' any more"),
        ("litellm", '"cache_read_input_token_cost"', '"cache_hit_cost"', "no row says 'cache_read_input_token_cost' any more"),
        ("usgs_mcs", ",Production,", ",Output,", "column 'Statistics': no row says 'Production' any more"),
        ("usgs_mcs", ",World ", ",Global ", "column 'Section': no row says 'World' any more"),
        ("edgar", '"USD"', '"US dollars"', "units': expected amounts in a currency such as 'USD', got 'US dollars'"),
        ("edgar", '"form": "', '"form": "Form ', "column 'form': no fact was filed on a form that is read (10-K, 10-Q"),
        ("iso_queues", '"In Service"}', '"Operating"}', "column 'postGIAStatus': no row says 'In Service' any more"),
        ("iso_queues", '"DAT(-AI)?"', '"DC"', "column 'End-Use': no load says DAT, DAT-AI, DAT-CM"),
        ("epoch_gpu_clusters", "True", "yes", "column 'Possible Duplicate'"),
    ],
)
def test_a_word_that_is_read_and_gone_is_named(source: str, old: str, new: str, expected: str) -> None:
    assert expected in told(source, renamed(source, old, new))


def test_a_customs_code_of_which_nobody_imports_anything_was_replaced() -> None:
    whole = json.loads(payload("comtrade", "imports_usa.json"))
    files = {file_name(country): json.dumps(whole).encode() for country in REPORTERS}
    files |= {name: json.dumps({"data": [], "count": 0}).encode() for name in files if name != "imports_usa.json"}
    assert "imports_*.json:1: column 'cmdCode': no row says '250410' any more" in told("comtrade", files)


def test_figures_of_one_table_are_in_one_unit() -> None:
    mixed = renamed("usgs_mcs", "Russia,Production,Primary production,metric tons", "Russia,Production,Primary production,kilograms")
    assert ":54: column 'Unit': expected 'metric tons' as in the rows before of this table and year, got 'kilograms'" in told(
        "usgs_mcs", mixed
    )
