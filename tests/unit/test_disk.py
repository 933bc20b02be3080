"""What cannot be written is told in one sentence, whoever finds out."""

from __future__ import annotations

import errno
import sqlite3
from pathlib import Path

import duckdb
import pytest

from pipelines.cli.disk import writing
from pipelines.cli.errors import Failed
from pipelines.home import ENVIRONMENT


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (OSError(errno.ENOSPC, "No space left on device", "/x/file"), "/x/file: the disk is full"),
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "/x: you may not write there"),
        (OSError(errno.EROFS, "Read-only file system", "/x"), "/x: it is read-only"),
        (sqlite3.OperationalError("database or disk is full"), "the disk is full"),
        (sqlite3.OperationalError("attempt to write a readonly database"), "it is read-only"),
        (duckdb.IOException('IO Error: Could not write file "/x": No space left on device'), "the disk is full"),
    ],
)
def test_the_sentence_says_what_where_and_what_to_do(error: Exception, cause: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT, str(tmp_path))
    with pytest.raises(Failed, match=cause) as told, writing():
        raise error
    said = str(told.value)
    assert said.startswith("cannot write /x" if cause.startswith("/x") else f"cannot write {tmp_path}")
    assert "name another folder in STACKGRAPH_HOME. Nothing was published." in said


def test_what_is_about_something_else_is_left_alone() -> None:
    with pytest.raises(ValueError, match="odd"), writing():
        raise ValueError("odd")
