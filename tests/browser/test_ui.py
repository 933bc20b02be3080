"""`stackgraph ui` as somebody opens it: the lineage by domain, the schedule running, and a scheduled tick that publishes."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from pipelines import publish
from pipelines.home import REPOSITORY, Home
from sources.client import MIRROR
from sources.records import LAYERS
from tests.command import NOBODY, STACKGRAPH

pytestmark = [pytest.mark.browser, pytest.mark.timeout(300)]
EVERY_MINUTE = "* * * * *"
PATIENCE = 180.0
"""Seconds until the scheduled tick has come and its run has ended."""


@dataclass(frozen=True)
class Served:
    """A running `stackgraph ui`."""

    url: str
    home: Home
    process: subprocess.Popen[bytes]
    log: Path


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(happened: Callable[[], bool], seconds: float, what: str, served: Served) -> None:
    """Look again and again; say what the server wrote where it does not happen."""
    end = time.monotonic() + seconds
    while not happened():
        if served.process.poll() is not None:
            pytest.fail(f"the server ended with {served.process.returncode}:\n{served.log.read_text()[-3000:]}")
        if time.monotonic() > end:
            pytest.fail(f"{what} did not happen within {seconds:g} s:\n{served.log.read_text()[-3000:]}")
        time.sleep(0.5)


def answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/server_info", timeout=5) as answer:
        return bool(answer.status == 200)
    return False


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The UI with its daemon, in a folder of its own; ended with everything it started."""
    folder = tmp_path_factory.mktemp("ui")
    port, home, log = free_port(), Home(folder / "home"), folder / "log"
    environment = {**os.environ, "STACKGRAPH_HOME": str(home.root), "STACKGRAPH_CRON": EVERY_MINUTE, MIRROR: NOBODY}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(STACKGRAPH), "ui", "--port", str(port)], env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        found = Served(f"http://127.0.0.1:{port}", home, process, log)
        wait_until(lambda: answers(found.url), 90, "an answer of the web server", found)
        yield found
    finally:
        end(process)


def end(process: subprocess.Popen[bytes]) -> None:
    """End the process and its children: politely, then not."""
    for signal_number, patience in ((signal.SIGINT, 20), (signal.SIGTERM, 10), (signal.SIGKILL, 10)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal_number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, 0)
            continue
        return


@pytest.fixture
def page(browser: Browser, served: Served) -> Iterator[Page]:
    """A page of a browser that has never been here. It may talk to the server and to nobody else."""
    context = browser.new_context(viewport={"width": 1600, "height": 1200})
    elsewhere: list[str] = []

    def only_here(route: object, request: object) -> None:
        url = str(request.url)  # type: ignore[attr-defined]
        if url.startswith((served.url, "data:", "blob:")):
            route.continue_()  # type: ignore[attr-defined]
        else:
            elsewhere.append(url)
            route.abort()  # type: ignore[attr-defined]

    context.route("**/*", only_here)
    opened = context.new_page()
    yield opened
    context.close()
    assert elsewhere == [], "the page wanted to talk to somebody else"


def shown(page: Page, address: str, words: list[str], picture: Path) -> str:
    """The text of a page once all these words are on it, and a picture of it."""
    page.goto(address)
    try:
        for word in words:
            page.get_by_text(word).first.wait_for(timeout=45_000)
    finally:
        page.screenshot(path=str(picture), full_page=True)
    return page.inner_text("body")


def test_the_assets_are_shown_by_domain_and_nobody_is_greeted(page: Page, served: Served, tmp_path: Path) -> None:
    text = shown(page, f"{served.url}/asset-groups", list(LAYERS), tmp_path / "groups.png")
    assert [layer for layer in LAYERS if layer not in text] == []
    for greeting in ("telemetry", "newsletter", "Welcome to Dagster", "Subscribe"):
        assert greeting.lower() not in text.lower()
    assert page.get_by_role("dialog").count() == 0


def test_an_asset_shows_its_columns_and_what_it_is_made_from(page: Page, served: Served, tmp_path: Path) -> None:
    text = shown(page, f"{served.url}/assets/cost/useful_token", ["usd_central", "million useful tokens"], tmp_path / "useful_token.png")
    assert {"Owners", "DuckDB", "schema: cost", "everything"} <= set(text.splitlines())


def test_the_daily_schedule_is_running_without_a_click(page: Page, served: Served, tmp_path: Path) -> None:
    shown(page, f"{served.url}/automation", ["daily"], tmp_path / "automation.png")
    switched_on = page.locator("input[type=checkbox]:checked, [role=switch][aria-checked=true], [role=checkbox][aria-checked=true]")
    switched_on.first.wait_for(state="attached", timeout=45_000)
    page.screenshot(path=str(tmp_path / "automation.png"), full_page=True)
    assert switched_on.count() == 1, "the one schedule, and no box that somebody ticked"


def test_a_scheduled_tick_publishes_a_new_version(page: Page, served: Served, tmp_path: Path) -> None:
    """Nobody clicks: the schedule materialises everything, and there is a published file that was not there."""
    before = set(publish.versions(served.home.published_folder))
    wait_until(
        lambda: bool(set(publish.versions(served.home.published_folder)) - before) and served.home.published.exists(),
        PATIENCE,
        "a scheduled run that publishes",
        served,
    )
    newest = publish.versions(served.home.published_folder)[-1]
    assert newest not in before
    text = shown(page, f"{served.url}/runs", ["everything"], tmp_path / "runs.png")
    assert "everything" in text
    import duckdb

    with duckdb.connect(str(newest), read_only=True) as connection:
        (boards,) = connection.execute("select count(distinct board_id) from mart.useful_token").fetchone() or (0,)
    assert boards >= 25


def test_all_its_state_lies_in_the_folder_that_was_named(served: Served) -> None:
    assert {"history", "schedules"} <= {path.name for path in served.home.dagster.iterdir()}
    assert not list(served.home.root.parent.glob(".tmp_dagster_home*"))
    assert not {"history", "schedules", "storage", "logs", ".telemetry", ".nux"} & {path.name for path in REPOSITORY.iterdir()}
