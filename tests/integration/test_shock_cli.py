"""`stackgraph shock`: price and quantity are two channels, and neither stands in for the other."""

from __future__ import annotations

import json

import pytest

from pipelines.home import Home
from tests.command import asked


def test_gallium_costs_nothing_and_hbm_something_while_either_can_run_out(published: Home) -> None:
    done = asked(published.root, "shock", "gallium=+300%", "hbm3e=-50%supply", "--format", "json", "--limit", "1000")
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    price = [row for row in rows if row["channel"] == "price"]
    assert price
    assert max(row["change_percent_margin"] for row in price) < 0.001
    lost = {row["target"]: row["lost_share_central"] for row in rows if row["channel"] == "quantity"}
    assert lost["item:ai_accelerator"] > 0.1


def test_twice_the_shortage_loses_no_less(published: Home) -> None:
    def accelerators(part: str) -> float:
        rows = json.loads(asked(published.root, "shock", f"cowos_l=-{part}%supply", "--format", "json").stdout)
        return float(next(row["lost_share_central"] for row in rows if row["target"] == "item:ai_accelerator"))

    assert 0 < accelerators("20") < accelerators("40")


def test_a_stem_stands_for_all_its_kinds_and_says_so(published: Home) -> None:
    done = asked(published.root, "shock", "cowos=-20%supply", "--format", "json")
    assert "cowos: cowos_l, cowos_r, cowos_s" in done.stderr
    assert {row["lost"] for row in json.loads(done.stdout)} == {"item:cowos_l", "item:cowos_r", "item:cowos_s", "all of them"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("cowos_l=-120%supply", "120% of a supply cannot be lost"),
        ("cowoz=-20%supply", "unknown item 'cowoz'; nearest: cowos"),
        ("cowos_l=20supply", "or id=-20%supply"),
        ("hbm3e=-100%", "a price cannot fall by 100%"),
    ],
)
def test_changes_that_make_no_sense_are_refused(published: Home, change: str, said: str) -> None:
    done = asked(published.root, "shock", change)
    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_one_change_for_each(published: Home) -> None:
    done = asked(published.root, "shock", "hbm3e=+10%", "item:hbm3e=+20%")
    assert done.returncode == 2
    assert "item:hbm3e is changed twice" in done.stderr
