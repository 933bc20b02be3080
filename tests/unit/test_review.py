"""Words that await a decision: how many rows of which tables wait for each."""

from __future__ import annotations

import pandas as pd
import pytest

from sources.connector import Reading
from sources.epoch_data_centers import connector, records
from sources.errors import SourceError
from sources.mapping import check_known
from sources.review import NAMED, Question, awaited, collecting, held_back, making, questions_frame
from sources.wgi.declarations import Observation
from tests.unit.test_epoch_feeds import edition_of_2026

ATLANTIS = "Example Atlantis,2026-03-01,,1,5,7,10,,,,,,"


def asked(word: str, line: int, waiting: int = 1, table: str = "share") -> Question:
    return Question("somebody", "file.csv", line, "Name", word, "; nearest: Sample", "name.csv", waiting, table)


@pytest.fixture(scope="module")
def review() -> pd.DataFrame:
    """Two data centers nobody has placed: one with two dated states, one with a single one."""
    files = edition_of_2026(timeline=(ATLANTIS, f"{ATLANTIS}\n{ATLANTIS.replace('2026-03-01', '2026-04-01')}"))
    vintage = Reading(connector.parse(files), "2026-06-01")
    with collecting() as questions:
        for name, made in records.MAPS.items():
            with making(name):
                made(vintage)
    return questions_frame(questions).set_index("word")


def test_a_site_held_back_holds_its_states_and_figures_back(review: pd.DataFrame) -> None:
    assert review["waiting"].to_dict() == {
        "Example Nowhere": "site 1, site_timeline 1, parameter 1",
        "Atlantis": "site 1, site_timeline 2, parameter 1",
    }
    assert review["met"].tolist() == [1, 1]


def test_a_warning_says_what_waits_for_each_word(review: pd.DataFrame) -> None:
    said = awaited(review.reset_index())
    assert said["words"] == 2
    assert "epoch_data_centers Country 'Atlantis' (site 1, site_timeline 2, parameter 1)" in str(said["rows_that_wait_for"])


def test_a_word_in_several_rows_is_one_word() -> None:
    frame = questions_frame([asked("Exampel", 2), asked("Exampel", 7), asked("Exampel", 7), asked("Exampel", 7, table="offer")])
    (row,) = frame.to_dict("records")
    assert (row["met"], row["waiting"], row["line"], row["suggestions"]) == (2, "share 2, offer 1", 2, "Sample")


def test_nothing_waits_for_a_correction_that_can_be_dropped() -> None:
    frame = questions_frame([asked("dropped upstream", 2, waiting=0)])
    assert frame["waiting"].tolist() == [None]
    assert "(no row waits)" in str(awaited(frame)["rows_that_wait_for"])


def test_a_warning_names_the_first_words_and_counts_the_rest() -> None:
    said = awaited(questions_frame([asked(f"word {n}", n) for n in range(1, NAMED + 3)]))
    assert str(said["rows_that_wait_for"]).endswith("; and 2 more words")
    assert awaited(questions_frame([])) == {"words": 0}


def test_outside_a_live_vintage_a_word_is_an_error() -> None:
    assert not held_back([asked("Exampel", 2)])
    rows = pd.DataFrame({"economy": ["Ruritania"], "source_file": ["a.json"], "source_line": [3]})
    with pytest.raises(SourceError, match=r"a\.json:3"):
        check_known(rows, "economy", Observation, {}, records.PLACES)
