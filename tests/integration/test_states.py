"""States beside the present public one: with your own facts, of a past day, and of a run that no publisher answers."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines.cli.instance import discard, states
from pipelines.home import AS_OF, OVERLAY, REPOSITORY, Home
from sources.curated.loader import HERE
from sources.registry import declaration
from tests.command import Finished, Tables, asked, stackgraph

EXAMPLE = REPOSITORY / "docs" / "overlay" / "example"
OLDEST = declaration(HERE).retrieved_at
"""The first day of which a new home has curated facts."""


def answer(home: Path, *arguments: str) -> list[dict[str, object]]:
    done = stackgraph(home, *arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    found: list[dict[str, object]] = json.loads(done.stdout)
    return found


def everything(tables: Tables) -> set[str]:
    """All text of the published core tables."""
    names = tables.column("select table_name from duckdb_tables() where schema_name in ('raw', 'core', 'meta')")
    assert names
    found: set[str] = set()
    for schema, name in tables.rows("select schema_name, table_name from duckdb_tables() where schema_name in ('raw', 'core', 'meta')"):
        found |= {str(value) for row in tables.rows(f"select * from {schema}.{name}") for value in row if isinstance(value, str)}
    return found


@pytest.fixture(scope="module")
def mine(published: Home, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Finished]:
    """A copy of the public state, and a run with the example of the docs laid over it."""
    home = tmp_path_factory.mktemp("mine")
    shutil.copytree(published.root, home, dirs_exist_ok=True, symlinks=True)
    return home, stackgraph(home, "run", "--overlay", str(EXAMPLE))


def test_your_own_suppliers_replace_the_public_picture_of_an_item(mine: tuple[Path, Finished]) -> None:
    home, done = mine
    assert done.returncode == 0, done.stderr
    (own,) = [r for r in answer(home, "concentration", "hbm3e", "--overlay", str(EXAMPLE)) if r["by"] == "firm"]
    assert own["hhi_central"] == pytest.approx(10_000 * (0.7**2 + 0.3**2))
    (public,) = [r for r in answer(home, "concentration", "hbm3e") if r["by"] == "firm"]
    assert public["hhi_central"] != pytest.approx(own["hhi_central"])


def test_your_own_price_is_used_and_the_public_one_stands_beside_it(mine: tuple[Path, Finished]) -> None:
    home, _ = mine
    rows = answer(home, "explain", "electricity.price", "--overlay", str(EXAMPLE))
    used = [r for r in rows if r["status"] == "current"]
    assert [(r["central"], r["used_because"]) for r in used] == [(61.0, "your own figure, before any public one")]
    assert any(r["status"] == "conflicting" and r["central"] == 78.0 for r in rows)


def test_cheaper_power_and_memory_make_a_cheaper_hour(mine: tuple[Path, Finished]) -> None:
    home, _ = mine
    asked = ("cost", "--board", "gb200", "--workload", "batch", "--model", "llama_3_3_70b")
    (own,), (public,) = answer(home, *asked, "--overlay", str(EXAMPLE)), answer(home, *asked)
    assert own["hour_usd"] < public["hour_usd"]  # type: ignore[operator]


def test_nothing_of_yours_is_in_the_public_file(mine: tuple[Path, Finished], published: Home) -> None:
    home, _ = mine
    public = Home(home)
    with duckdb.connect(str(public.published.resolve()), read_only=True) as connection:
        text = everything(Tables(connection))
    assert not {t for t in text if t == "overlay" or "Our rack integrator" in t or "own purchases" in t}
    assert "Our rack integrator" not in public.graphml.read_text(encoding="utf-8")
    assert public.published.resolve().name == published.published.resolve().name, "no new public version was made"


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("share.csv", "item_id,supplier_kind,supplier,low,central,high,metric,as_of\nhbm3e,firm,Nobody Inc,0.1,0.2,0.3,units,2026\n",
         "share.csv:2: column 'supplier': no organisation is declared under the name 'Nobody Inc'"),
        ("price.csv", "item_id,low,central,high,unit,currency_year,basis,as_of\nhbm3e,9,8,10,USD/GB,2026,contract,2026\n",
         "price.csv:2: column 'low': expected low <= central <= high"),
        ("price.csv", "item_id,low,central,high,unit,currency_year,basis,as_of\nhbm33,8,8,10,USD/GB,2026,contract,2026\n",
         "price.csv:2: column 'item_id': unknown item 'hbm33'; nearest: hbm3"),
        ("prices.csv", "item_id\n", "no record is called 'prices.csv'"),
        ("Price.CSV", "item_id\n", "no record is called 'Price.CSV'"),
        ("organisation.csv", "organisation_id,name,country,kind\nmy_tsmc,TSMC,USA,firm\n",
         "organisation.csv:2: column 'name': an organisation of this name is there already"),
        ("share.csv", "item_id,supplier,central\nhbm3e,Micron,0.3\n", "share.csv:1: column 'supplier_kind': this column is missing"),
    ],
    ids=[
        "an unknown supplier", "bounds turned round", "an unknown item", "an unknown file", "a file in capitals", "a name that is taken",
        "a missing column",
    ],
)  # fmt: skip
def test_a_bad_row_of_yours_is_told_with_its_place_and_nothing_is_loaded(
    published: Home, tmp_path: Path, file: str, text: str, told: str
) -> None:
    overlay = tmp_path / "own"
    overlay.mkdir()
    (overlay / file).write_text(text, encoding="utf-8")
    home = Home(tmp_path / "home")
    shutil.copytree(published.root, home.root, symlinks=True)
    done = stackgraph(home.root, "run", "--overlay", str(overlay))
    assert done.returncode == 2
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert not home.of_overlay(overlay).published_folder.exists()
    assert [p.name for p in home.published_folder.iterdir()] == [p.name for p in published.published_folder.iterdir()]


def test_a_folder_that_is_not_there_is_said_to_be_and_so_is_one_without_a_name(tmp_path: Path) -> None:
    for folder, told in ((str(tmp_path / "nowhere"), "there is no such folder"), ("", "it names no folder")):
        done = stackgraph(tmp_path / "home", "run", "--overlay", folder)
        assert done.returncode == 2
        assert told in done.stderr


def test_a_run_that_no_publisher_answers_publishes_the_last_good_state_and_says_so(published: Home, tmp_path: Path) -> None:
    shutil.copytree(published.root, tmp_path / "home", symlinks=True)
    before = answer(tmp_path / "home", "cost", "--workload", "batch")
    done = stackgraph(tmp_path / "home", "run", "--live", timeout=400)
    assert done.returncode == 0, done.stderr
    warned = [line for line in done.stderr.splitlines() if line.startswith("warning: ")]
    stale = answer(tmp_path / "home", "sources", "--stale")
    live = {row["source"] for row in answer(tmp_path / "home", "sources")} - {"curated"}
    assert len(warned) == len(live)
    assert {row["source"] for row in stale} >= live
    assert all("no connection" in str(row["freshness"]) or "not asked" in str(row["freshness"]) for row in stale if row["source"] in live)
    assert answer(tmp_path / "home", "cost", "--workload", "batch") == before


def test_a_run_in_which_nothing_changed_makes_and_publishes_nothing(published: Home, tmp_path: Path) -> None:
    shutil.copytree(published.root, tmp_path / "home", symlinks=True)
    home = Home(tmp_path / "home")
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        before = Tables(connection).rows("from meta.made_from order by 1")
    assert stackgraph(home.root, "run").returncode == 0
    with duckdb.connect(str(home.warehouse), read_only=True) as connection:
        assert Tables(connection).rows("from meta.made_from order by 1") == before
    assert home.published.resolve().name == published.published.resolve().name


def test_a_past_day_is_rebuilt_from_its_vintages_beside_the_present(published: Home, tmp_path: Path) -> None:
    shutil.copytree(published.root, tmp_path / "home", symlinks=True)
    home = tmp_path / "home"
    done = stackgraph(home, "run", "--as-of", OLDEST)
    assert done.returncode == 0, done.stderr
    rows = answer(home, "query", "select version from meta.run", "--as-of", OLDEST)
    assert rows != answer(home, "query", "select version from meta.run")
    assert answer(home, "cost", "--as-of", OLDEST) == answer(home, "cost")


def test_a_day_before_anything_was_known_is_refused(published: Home, tmp_path: Path) -> None:
    shutil.copytree(published.root, tmp_path / "home", symlinks=True)
    done = stackgraph(tmp_path / "home", "run", "--as-of", "2001-01-01")
    assert done.returncode == 1
    why = f"the state of 2001-01-01 cannot be rebuilt: {OLDEST} is the oldest day that can, as no older state of the curated facts is kept"
    assert done.stderr.startswith(f"stackgraph: {why}")
    assert not (tmp_path / "home" / "as-of").exists()
    for command in ("cost", "sources"):
        told = asked(tmp_path / "home", command, "--as-of", "2001-01-01")
        assert told.returncode == 1
        assert why in told.stderr
        assert "stackgraph run" not in told.stderr, "no hint at a command that fails"


def test_the_oldest_day_needs_no_run_before_it_and_one_before_it_is_told_as_it_was_typed(tmp_path: Path) -> None:
    assert f"run `stackgraph run --as-of {OLDEST}`" in asked(tmp_path, "cost", "--as-of", OLDEST).stderr
    told = asked(tmp_path, "cost", "--as-of", OLDEST, "--overlay", str(EXAMPLE)).stderr
    assert f"run `stackgraph run --as-of {OLDEST} --overlay {EXAMPLE}`" in told
    assert "the state of 0001-01-01 cannot be rebuilt" in asked(tmp_path, "cost", "--as-of", "0001-01-01").stderr


def test_an_example_of_a_past_day_names_none_that_would_go_stale() -> None:
    pages = [REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md")]
    days = [day for page in pages for day in re.findall(r"--as-of[ =](\w+)", page.read_text(encoding="utf-8"))]
    assert days
    assert set(days) == {"DAY"}


def test_a_first_run_that_fails_leaves_no_folder_of_its_state(published: Home, tmp_path: Path) -> None:
    overlay, home = tmp_path / "own", Home(tmp_path / "home")
    overlay.mkdir()
    (overlay / "share.csv").write_text(
        "item_id,supplier_kind,supplier,low,central,high,metric,as_of\nhbm3e,firm,Nobody Inc,0.1,0.2,0.3,units,2026\n", encoding="utf-8"
    )
    shutil.copytree(published.root, home.root, symlinks=True)
    before = sorted(path.name for path in home.root.iterdir())
    assert stackgraph(home.root, "run", "--overlay", str(overlay)).returncode == 2
    assert sorted(path.name for path in home.root.iterdir()) == before


def test_what_a_failed_run_discards_is_what_was_never_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OVERLAY, "own")
    monkeypatch.setenv(AS_OF, OLDEST)
    public, own, then = states(Home(tmp_path))
    for place in (own, then):
        place.published_folder.mkdir(parents=True)
    own.published.touch()
    discard(public)
    assert own.published.exists()
    assert not then.root.exists()
    own.published.unlink()
    discard(public)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_an_overlay_says_what_it_was_made_with(mine: tuple[Path, Finished]) -> None:
    place = Home(mine[0]).of_overlay(EXAMPLE).root
    assert f"--overlay {EXAMPLE}`" in (place / "README.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "arguments",
    [
        ("run", "--as-of", "yesterday"),
        ("cost", "--as-of", "2026-13-01"),
        ("run", "--live", "--as-of", "2026-11-24"),
        ("cost", "--as-of", "2026-11"),
    ],
)
def test_a_day_that_is_none_is_bad_usage(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    done = stackgraph(tmp_path, *arguments)
    assert done.returncode == 2
    assert "--as-of" in done.stderr
