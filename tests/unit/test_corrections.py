"""Corrections: what is published, what holds, and when a correction has had its day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from sources.corrections import corrected
from sources.errors import SourceError
from sources.review import collecting


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "some_source" / "correction.csv"
    file.parent.mkdir()
    file.write_text("row,field,expected,value,why,who\nA,status,Planned,Existing,It opened,the owner\n", encoding="utf-8")
    return file


def published(status: str, name: str = "A") -> pd.DataFrame:
    return pd.DataFrame({"name": [name, "B"], "status": [status, "Planned"], "source_file": "list.csv", "source_line": [7, 8]})


def test_the_published_value_is_replaced_in_its_row_alone(path: Path) -> None:
    assert corrected(published("Planned"), ("name",), path)["status"].tolist() == ["Existing", "Planned"]


def test_in_a_snapshot_a_mended_error_ends_its_correction(path: Path) -> None:
    with pytest.raises(SourceError, match=r"correction\.csv:2: column 'expected': .*published is 'Existing': drop the correction of 'A'"):
        corrected(published("Existing"), ("name",), path)


def test_in_a_live_vintage_a_mended_error_is_used_and_put_up_for_review(path: Path) -> None:
    with collecting() as questions:
        rows = corrected(published("Existing"), ("name",), path)
    assert rows["status"].tolist() == ["Existing", "Planned"]
    (question,) = questions
    assert (question.source_id, question.file, question.line, question.column) == ("some_source", "list.csv", 7, "status")
    assert "drop the correction of 'A'" in question.settle


@pytest.mark.parametrize(("frame", "told"), [(published("Cancelled"), "'Cancelled'"), (published("Planned", name="A1"), "no such row")])
def test_a_live_vintage_that_says_a_third_thing_is_refused(path: Path, frame: pd.DataFrame, told: str) -> None:
    with collecting(), pytest.raises(SourceError, match=rf"published is {told}: drop the correction of 'A' or renew it"):
        corrected(frame, ("name",), path)
