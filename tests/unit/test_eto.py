"""ETO's supply chain: countries' shares of 2019, beside the curated ones."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sources.connector import Reading
from sources.errors import SourceError
from sources.eto import connector
from sources.eto.records import MAPS
from sources.registry import check_bounds, folders
from sources.review import collecting
from sources.tabular import empty

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads" / "eto"
(SOURCE,) = [source for source in folders() if source.id == "eto"]


def files(**changes: tuple[str, str]) -> dict[str, bytes]:
    """The synthetic files; `changes` by file name without ending: a text and what stands in its place."""
    found = {}
    for name in connector.FILES.values():
        text = (PAYLOADS / f"synthetic_{name}").read_text(encoding="utf-8")
        old, new = changes.get(name.removesuffix(".csv"), ("", ""))
        assert old in text
        found[name] = text.replace(old, new, 1).encode()
    return found


def shares_of(payloads: dict[str, bytes]) -> pd.DataFrame:
    return MAPS["share"](Reading(connector.parse(payloads), "2026-11-26"))


@pytest.fixture(scope="module")
def whole(shared: Path) -> dict[str, pd.DataFrame]:
    return connector.parse({name: (shared / "payloads" / "eto" / name).read_bytes() for name in connector.FILES.values()})


def test_countries_have_shares_and_firms_have_none() -> None:
    shares = shares_of(files())
    assert shares[["item_id", "supplier", "central"]].to_numpy().tolist() == [
        ["euv_scanner", "NLD", 1.0],
        ["pvd_tool", "USA", 0.92],
        ["pvd_tool", "MYS", 0.01],
    ]
    assert set(shares["supplier_kind"]) == {"country"}


def test_shares_are_evidence_of_2019_and_out_of_every_calculation() -> None:
    shares = shares_of(files())
    assert shares[["as_of", "status", "grade", "source_id"]].drop_duplicates().to_numpy().tolist() == [
        ["2019", "conflicting", "secondary", "eto"]
    ]


def test_one_percent_is_anything_up_to_it_and_others_are_rounded() -> None:
    shares = shares_of(files()).set_index("supplier")
    assert shares.loc["MYS", ["low", "central", "high"]].tolist() == pytest.approx([0, 0.01, 0.015])
    assert shares.loc["USA", ["low", "central", "high"]].tolist() == pytest.approx([0.915, 0.92, 0.925])
    assert shares.loc["NLD", "high"] == 1


def test_names_that_disagree_with_their_ids_do_not_matter() -> None:
    assert "euv_scanner" in set(shares_of(files(provision=("NLD,P45,Scanner B", "Nowhere,P45,Scanner C")))["item_id"])


def test_unknown_inputs_and_countries_are_asked_for() -> None:
    new = files(inputs=("Sputter,N42", "Sputter,N142"), provision=("Sputter,N42", "Sputter,N142"), sequence=("Sputter,N42", "Sputter,N142"))
    new["provision.csv"] = new["provision.csv"].replace(b",N42,", b",N142,")
    with pytest.raises(SourceError, match=r"provision\.csv:4: column 'provided_id': .*input\.csv does not say what 'N142' is"):
        shares_of(new)
    with collecting() as questions:
        assert set(shares_of(new)["item_id"]) == {"euv_scanner"}
    assert {q.word for q in questions} == {"N142"}
    with pytest.raises(SourceError, match=r"providers\.csv:3: column 'provider_name': .*country\.csv does not say what 'MYS' is"):
        shares_of(files(providers=("MAL", "MYS")))


def test_a_source_without_a_vintage_has_no_shares() -> None:
    assert MAPS["share"](Reading({name: empty(record) for name, record in connector.TABLES.items()})).empty


@pytest.mark.shared
def test_the_published_files_are_read_whole(whole: dict[str, pd.DataFrame]) -> None:
    counts = {name.removeprefix("eto_"): len(frame) for name, frame in whole.items()}
    assert counts == {"input": 79, "provider": 294, "provision": 660, "sequence": 93, "stage": 3}
    check_bounds(SOURCE, {name: len(frame) for name, frame in whole.items()})
    assert whole["eto_provision"]["share"].notna().sum() == 206


@pytest.mark.shared
def test_shares_of_countries_sum_to_one_but_for_what_is_rounded_up(whole: dict[str, pd.DataFrame]) -> None:
    shares = MAPS["share"](Reading(whole, "2026-11-26"))
    assert len(shares) == 63
    assert not shares.duplicated(["item_id", "supplier"]).any()
    sums = shares.groupby("item_id")["central"].sum()
    assert sums.between(0.979, 1.041).all()
    assert sums["dicing_grinding_tool"] == pytest.approx(1.04)  # six countries with next to nothing each
    assert shares.set_index(["item_id", "supplier"]).loc[("silicon_wafer", "JPN"), "central"] == 0.56


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (
            {"provision": ("share_provided", "shares_provided")},
            r"provision\.csv:1: column 'shares_provided': unknown column.*nearest: share_provided",
        ),
        ({"provision": ("92%", "0.92")}, r"provision\.csv:4: column 'share_provided': .*percentage.*'0\.92'"),
        ({"provision": ("92%", "920%")}, r"provision\.csv:4: column 'share_provided'"),
        ({"provision": ("USA,P1,Sputter", "USA,P9,Sputter")}, r"provision\.csv:4: column 'provider_id': no such id .*'P9'"),
        ({"inputs": ("tool_resource", "gadget")}, r"inputs\.csv:2: column 'type'"),
        ({"sequence": ("Printing,N25", "Printing,N26")}, r"sequence\.csv:2: column 'goes_into_id': no such id"),
    ],
)
def test_a_changed_file_is_refused_at_its_place(changes: dict[str, tuple[str, str]], told: str) -> None:
    with pytest.raises(SourceError, match=told):
        connector.parse(files(**changes))
