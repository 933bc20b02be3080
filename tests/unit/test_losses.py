"""What a new vintage has less of: rows, facts, and kinds of facts that are gone."""

from __future__ import annotations

import pandas as pd
import pytest

from sources.errors import SourceError
from sources.losses import Contents, check_kept, contents, lost
from sources.registry import SourceFolder, folders


@pytest.fixture(scope="module")
def ember() -> SourceFolder:
    return next(f for f in folders() if f.id == "ember")


def of(source: SourceFolder, frame: pd.DataFrame) -> Contents:
    return contents(source, {"ember_electricity": frame}, "2026-06-23")


@pytest.fixture(scope="module")
def rows(ember: SourceFolder) -> pd.DataFrame:
    return ember.load("ember_electricity")


@pytest.fixture(scope="module")
def before(ember: SourceFolder, rows: pd.DataFrame) -> Contents:
    return of(ember, rows)


def refused(source: SourceFolder, new: Contents, before: Contents) -> str:
    with pytest.raises(SourceError) as caught:
        check_kept(source, new, before)
    return str(caught.value)


def test_facts_are_counted_by_table_and_by_parameter(before: Contents) -> None:
    assert before.tables == {"parameter": 824}
    assert before.kinds["parameter", "carbon_intensity"] == 103
    assert sum(before.kinds.values()) == 824


def test_a_kind_of_facts_that_is_gone_is_no_vintage_though_as_many_rows_came(
    ember: SourceFolder, rows: pd.DataFrame, before: Contents
) -> None:
    renamed = rows.assign(variable=rows["variable"].replace("Coal", "Hard coal"))
    said = refused(ember, of(ember, renamed), before)
    assert "core.parameter: column 'parameter': facts of 'share_coal' fell from 103 to 0" in said
    assert "as these words are unknown: Variable 'Hard coal'" in said
    assert "`stackgraph sources refresh ember --even-if-smaller`" in said
    assert "rows where there were" not in said


def test_what_is_lost_within_a_fifth_is_told_and_taken(ember: SourceFolder, rows: pd.DataFrame, before: Contents) -> None:
    smaller = of(ember, rows.iloc[:759])
    check_kept(ember, smaller, before)
    assert lost(smaller, before).startswith("73 rows and ")
    assert lost(before, smaller) == ""


def test_offers_of_a_model_come_and_go_but_not_all_of_them() -> None:
    source = next(f for f in folders() if f.id == "litellm")
    before = Contents({}, {"model_price": 100}, {("model_price", "llama_3_3_70b"): 20}, ())
    check_kept(source, Contents({}, {"model_price": 90}, {("model_price", "llama_3_3_70b"): 9}, ()), before)
    assert "facts of 'llama_3_3_70b' fell from 20 to 0" in refused(source, Contents({}, {"model_price": 90}, {}, ()), before)
