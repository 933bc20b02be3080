"""The same firm under two names, in one source or in several, is one node."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest

from pipelines import state
from sources import catalog, reading
from sources.catalog import Made

LEGAL = r"\b(incorporated|inc|corporation|corp|company|co|limited|ltd|llc|plc|gmbh|ag|se|sa|nv|bv|oyj|ab|asa|spa|kk|group|holdings?|technologies|technology)\b"


def bare(name: str) -> str:
    """'Vertiv Holdings Co.' and 'VERTIV' are the same once legal forms, case and punctuation are gone."""
    plain = re.sub(r"[^\w\s]", " ", name.casefold())
    return "".join(re.sub(LEGAL, " ", plain).split())


@pytest.fixture(scope="module")
def made() -> Made:
    """Every core table, from what the repository ships."""
    found, _ = catalog.assemble([reading.shipped(folder) for folder in state.folders()])
    assert not found.problems
    return found


def test_no_two_organisations_differ_by_their_legal_form_alone(made: Made) -> None:
    by_name: defaultdict[str, set[str]] = defaultdict(set)
    organisations = made.table("organisation")
    for organisation, name in zip(organisations["organisation_id"], organisations["name"], strict=True):
        by_name[bare(name)].add(organisation)
    twice = [ids for key, ids in by_name.items() if key and len(ids) > 1]
    assert twice == []


def test_a_spelling_that_is_nearly_the_name_of_another_organisation_says_why(made: Made) -> None:
    organisations, aliases = made.table("organisation"), made.table("alias")
    owner = {bare(name): i for i, name in zip(organisations["organisation_id"], organisations["name"], strict=True)}
    wrong = [
        (alias, organisation, owner[bare(alias)])
        for alias, organisation, note in zip(aliases["alias"], aliases["organisation_id"], aliases["note"], strict=True)
        if owner.get(bare(alias), organisation) != organisation and not isinstance(note, str)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("spellings", "organisation"),
    [
        (("SK hynix", "SK Hynix"), "sk_hynix"),
        (("TSMC", "Taiwan Semiconductor Manufacturing"), "tsmc"),
        (("NVIDIA", "Nvidia"), "nvidia"),
    ],
)
def test_what_sources_write_differently_is_one_node(made: Made, spellings: tuple[str, ...], organisation: str) -> None:
    organisations, aliases = made.table("organisation"), made.table("alias")
    known = dict(zip(organisations["name"], organisations["organisation_id"], strict=True))
    known |= dict(zip(aliases["alias"], aliases["organisation_id"], strict=True))
    assert {known.get(spelling) for spelling in spellings} == {organisation}
