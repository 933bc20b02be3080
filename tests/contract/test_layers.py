"""The house: which floor may know which, what is pinned, and what the repository keeps to itself."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
LOCKS = sorted(ROOT.glob("*.lock"))
NOT_FOR_THE_GRAPH = {
    "dagster", "duckdb",
    "requests", "httpx", "urllib3", "aiohttp", "urllib", "http", "socket", "ssl", "ftplib", "smtplib", "websockets", "pipelines",
}  # fmt: skip
"""The graph takes tables and arrays and returns tables and arrays: no scheduler, no database, no network."""
REGISTRY_HOSTS = re.compile(
    "|".join(re.escape(".".join(parts)) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("crates", "io"), ("npmjs", "org")))
    + r"|(?:artifactory|nexus|devpi)[\w-]*\.[a-z]|--(?:extra-)?index-url[= ]\S*://|/simple/?(?:\s|$|\")",
    re.IGNORECASE,
)


def tracked() -> list[Path]:
    """Files that git knows, and new ones it would take."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=True
    ).stdout.decode()
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def imported(path: Path) -> set[str]:
    """Top-level names of every module a file imports, wherever in the file it does."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names


def pins(lock: Path) -> list[str]:
    """The requirements of a lock, continued lines joined."""
    joined = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in joined.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def test_imports_go_one_way() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([str(linter), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout
    assert re.search(r"Contracts: [1-9]\d* kept", done.stdout), "no contract was looked at"


@pytest.mark.parametrize("path", sorted((ROOT / "graph").rglob("*.py")), ids=lambda p: str(p.relative_to(ROOT)))
def test_the_graph_knows_no_scheduler_no_database_and_no_network(path: Path) -> None:
    assert not imported(path) & NOT_FOR_THE_GRAPH


def test_sources_import_nothing_of_the_floors_above() -> None:
    offenders = {
        str(p.relative_to(ROOT)): found for p in (ROOT / "sources").rglob("*.py") if (found := imported(p) & {"graph", "pipelines"})
    }
    assert offenders == {}


def test_there_is_a_lock_for_running_and_one_for_developing() -> None:
    assert [lock.name for lock in LOCKS] == ["requirements-dev.lock", "requirements.lock"]


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_a_lock_pins_every_version_with_its_hashes(lock: Path) -> None:
    found = pins(lock)
    assert len(found) > 20
    loose = [line[:60] for line in found if not re.match(r"^[A-Za-z0-9._-]+(\[[\w,-]+\])?==[^\s;]+", line)]
    bare = [line[:60] for line in found if not re.search(r"--hash=sha256:[0-9a-f]{64}", line)]
    assert loose == []
    assert bare == []


@pytest.mark.parametrize("lock", LOCKS, ids=lambda p: p.name)
def test_a_lock_names_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host| @ ", text)


def test_developing_uses_the_versions_that_are_run() -> None:
    run, develop = ({line.split()[0] for line in pins(ROOT / name)} for name in ("requirements.lock", "requirements-dev.lock"))
    assert run <= develop


def test_no_file_names_a_package_registry() -> None:
    named = []
    for path in tracked():
        if path == Path(__file__).resolve():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        named += [f"{path.relative_to(ROOT)}: {match.group()}" for match in REGISTRY_HOSTS.finditer(text)]
    assert named == []


def test_dagster_sends_no_telemetry_and_greets_nobody() -> None:
    settings = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings["telemetry"] == {"enabled": False}
    assert settings["nux"] == {"enabled": False}


def test_all_state_of_dagster_lies_in_the_folder_that_the_command_names() -> None:
    settings = yaml.safe_load((ROOT / "dagster.yaml").read_text(encoding="utf-8"))
    folder = {"env": "STACKGRAPH_DAGSTER"}
    assert settings["storage"]["custom"]["config"]["base_dir"] == folder
    assert settings["local_artifact_storage"]["config"]["base_dir"] == folder
    assert settings["compute_logs"]["class"] == "NoOpComputeLogManager", "what keeps nothing needs no folder"


@pytest.mark.parametrize("folder", ["var", ".venv"])
def test_what_a_run_makes_is_not_kept_in_git(folder: str) -> None:
    ignored = subprocess.run(["git", "check-ignore", "-q", f"{folder}/anything"], cwd=ROOT, check=False)
    assert ignored.returncode == 0


@pytest.mark.parametrize(
    ("module", "unneeded"),
    [
        ("pipelines.cli", {"pandas", "numpy", "duckdb", "dagster", "numba"}),
        ("pipelines.cli.query", {"pandas", "numpy", "dagster", "numba"}),
        ("pipelines.cli.engines, graph.risk.cutsets, graph.risk.open_psa", {"pandas", "duckdb", "scipy", "rich", "dagster", "numba"}),
    ],
)
def test_a_quick_command_loads_nothing_it_does_not_need(module: str, unneeded: set[str]) -> None:
    said = subprocess.run([sys.executable, "-c", f"import sys, {module}; print(*sys.modules)"], cwd=ROOT, capture_output=True, check=True)
    assert unneeded & set(said.stdout.decode().split()) == set()
