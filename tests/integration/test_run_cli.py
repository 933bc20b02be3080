"""`stackgraph run`: what it prints where, and what it says where it cannot write."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from pipelines.home import Home
from tests.command import STACKGRAPH, Finished, Tables, stackgraph, table_of


def test_a_run_prints_its_headlines_on_stdout_and_the_rest_on_stderr(first_run: tuple[Home, Finished], tables: Tables) -> None:
    place, done = first_run
    for board in tables.column("select name from core.board"):
        assert board in done.stdout
    assert str(place.published) in done.stderr
    assert str(place.graphml) in done.stderr
    assert "ten most concentrated inputs" in done.stderr
    ranked = table_of(done.stdout)
    assert [line[0] for line in ranked[1:11]] == [str(k) for k in range(1, 11)]


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    done = stackgraph(tmp_path / "file" / "home", "run")
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"stackgraph: cannot write {tmp_path}/file/home")
    assert "name another folder in STACKGRAPH_HOME" in said


def test_a_disk_that_is_full_is_one_sentence(tmp_path: Path) -> None:
    limited = f"ulimit -f 4000; exec {STACKGRAPH} run"
    done = subprocess.run(
        ["bash", "-c", limited], env={**os.environ, "STACKGRAPH_HOME": str(tmp_path)}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    (said,) = done.stderr.splitlines()
    assert said.startswith(f"stackgraph: cannot write {tmp_path}")
    assert said.endswith("Nothing was published.")
