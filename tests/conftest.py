"""What all tests share: the worked cases beside the repository, the small copies inside it, and how Hypothesis runs."""

from __future__ import annotations

import os
from pathlib import Path

import hypothesis
import pytest

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
