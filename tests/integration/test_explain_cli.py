"""`stackgraph explain`: a fact is found by the names people use for it."""

from __future__ import annotations

from pipelines.home import Home
from tests.command import asked, rows_of


def test_a_plain_name_finds_figures_of_the_whole_and_a_source_too(published: Home) -> None:
    assert {row["fact"] for row in rows_of(published, "explain", "site.wacc")} == {"wacc"}
    assert {row["publisher"] for row in rows_of(published, "explain", "Ember")} == {"Ember"}


def test_the_shares_of_a_firm_or_a_country_name_their_item(published: Home) -> None:
    for what, item in (("org:tsmc.share", "advanced_packaging"), ("country:TWN.share", "wafer_n5")):
        assert item in {row["of_what"] for row in rows_of(published, "explain", what)}
    assert "TSMC" in {row["of_what"] for row in rows_of(published, "explain", "item:advanced_packaging.share")}


def test_a_name_as_the_tables_print_it_is_understood_as_its_id(published: Home) -> None:
    for name, node in (
        ("taiwan", "country:TWN"), ("SK Hynix", "org:sk_hynix"), ("GB200 NVL72", "item:gb200_nvl72"), ("Llama 3.1 8B", "model:llama_3_1_8b"),
        ("CoWoS-L wafer.requirement", "item:cowos_l.requirement"), ("country:Taiwan.share", "country:TWN.share"),
    ):  # fmt: skip
        assert rows_of(published, "explain", name) == rows_of(published, "explain", node), name


def test_a_word_that_nothing_is_called_is_told_with_the_nearest_of_all_ids_and_names(published: Home) -> None:
    told = asked(published.root, "explain", "Taiwann")
    assert told.returncode == 2
    assert told.stderr.startswith("stackgraph: unknown word 'Taiwann'; nearest: Taiwan, ")


def test_an_unknown_fact_is_told_with_those_there_are_and_what_its_row_says(published: Home) -> None:
    told = asked(published.root, "explain", "tsmc.parent").stderr
    assert "unknown fact 'parent' of org:tsmc; it has: gross_margin, revenue_per_year, share. " in told
    assert "core.organisation says of it: parent_id is empty" in told
    assert "it has: share. core.organisation says of it: country is 'JPN'" in asked(published.root, "explain", "nittobo.country").stderr


def test_an_estimate_says_where_a_better_source_was_looked_for(published: Home) -> None:
    for what in ("org:danfoss_turbocor.owner", "workload:chat.workload", "item:neon.share"):
        rows = rows_of(published, "explain", what)
        judged = [row for row in rows if row["grade"] == "estimate"]
        assert judged
        assert all(row["searched"] and row["searched"].startswith("20") for row in judged), what


def test_the_search_for_a_figure_goes_before_that_for_its_subject(published: Home) -> None:
    """wafer_sf4x takes EUV resist: foundry logs a search for that input on any wafer, and others for other inputs."""
    (row,) = [r for r in rows_of(published, "explain", "item:wafer_sf4x.requirement") if r["of_what"] == "needs photoresist_euv"]
    assert "coat volume" in row["searched"]


def test_a_table_has_its_searches_below_it(published: Home) -> None:
    done = asked(published.root, "explain", "item:neon.share")
    assert "searched" not in done.stdout
    assert "Estimates, and where better sources were looked for:" in done.stderr
