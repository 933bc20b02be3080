"""What all tests share: the worked cases beside the repository, the small copies inside it, and how Hypothesis runs."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from pathlib import Path

import duckdb
import hypothesis
import pytest

from pipelines.home import Home
from pipelines.stack import READ_ONLY
from tests.command import Finished, Tables, stackgraph

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
IN_CI = bool(os.environ.get("CI"))

hypothesis.settings.register_profile("local", deadline=None, database=None)
hypothesis.settings.register_profile("ci", deadline=None, database=None, derandomize=True)
hypothesis.settings.load_profile("ci" if IN_CI else "local")


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("shared") is None or SHARED.is_dir():
        return
    why = f"the worked cases are not there: {SHARED}"
    if IN_CI:
        pytest.fail(f"{why}; in CI they must be", pytrace=False)
    pytest.skip(why)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of worked cases beside the repository; for tests marked `shared`."""
    return SHARED


@pytest.fixture(scope="session")
def golden() -> Path:
    """Small worked cases, each with its source, kept in the repository."""
    return ROOT / "tests" / "golden"


@pytest.fixture(scope="session")
def first_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Home, Finished]:
    """One real run into an empty folder, and what it said. The worker that needs it first makes it for all."""
    alone = "PYTEST_XDIST_WORKER" not in os.environ
    folder = tmp_path_factory.mktemp("first") if alone else tmp_path_factory.getbasetemp().parent / "first"
    folder.mkdir(exist_ok=True)
    place, said = Home(folder / "stackgraph"), folder / "said.json"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not said.exists():
            done = stackgraph(place.root, "run")
            said.write_text(json.dumps([done.args, done.returncode, done.stdout, done.stderr]), encoding="utf-8")
    return place, Finished(*json.loads(said.read_text(encoding="utf-8")))


@pytest.fixture(scope="session")
def published(first_run: tuple[Home, Finished]) -> Home:
    """The folder of that run. Tests only read it."""
    place, done = first_run
    assert done.returncode == 0, done.stderr
    assert place.published.exists(), done.stderr
    return place


@pytest.fixture(scope="session")
def tables(published: Home) -> Iterator[Tables]:
    """The published file, open for reading."""
    with duckdb.connect(str(published.published.resolve()), read_only=True, config=READ_ONLY) as connection:
        yield Tables(connection)
