"""Damaged bytes give valid rows or a told problem, whatever the damage: files of Epoch, MLPerf, genai-prices, LiteLLM and ETO."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.connector import Files
from sources.errors import SourceError
from sources.registry import SourceFolder, folders

PAYLOADS = Path(__file__).resolve().parents[1] / "payloads"
SYNTHETIC = {
    "epoch_data_centers": "synthetic_2026_",
    "epoch_gpu_clusters": "synthetic_",
    "epoch_ml_hardware": "synthetic_",
    "eto": "synthetic_",
    "litellm": "synthetic_",
    "mlperf": "synthetic_",
    "model_prices": "synthetic_",
}
"""Source -> what its synthetic files' names begin with, before their names in a vintage."""
RENAMED = {"model_prices.json": "model_prices_and_context_window.json"}
SOURCES = {source.id: source for source in folders() if source.id in SYNTHETIC}


def sound(source: SourceFolder) -> dict[str, bytes]:
    names = {path: path.name.removeprefix(SYNTHETIC[source.id]) for path in sorted((PAYLOADS / source.id).glob("*"))}
    return {RENAMED.get(name, name): path.read_bytes() for path, name in names.items()}


def damaged(payload: bytes, how: str, place: int, byte: int) -> bytes:
    """A payload with a byte flipped, deleted or inserted, or cut short, at a place within it."""
    place %= len(payload)
    middle = {"flip": bytes([payload[place] ^ byte]), "delete": b"", "insert": bytes([byte, payload[place]]), "cut": b""}[how]
    return payload[:place] + middle + (b"" if how == "cut" else payload[place + 1 :])


def rows_or_problem(source: SourceFolder, files: Files) -> None:
    assert source.connector is not None
    problems, frames = [], {}
    try:
        frames = source.connector.parse(files)
    except SourceError as error:
        problems = error.problems
    assert all(problem.file and problem.line >= 1 for problem in problems)
    if problems:
        return
    assert set(frames) == set(source.tables)
    for name, frame in frames.items():
        assert set(source.tables[name].model_fields) <= set(frame.columns)


@pytest.mark.parametrize("name", SYNTHETIC)
def test_sound_payloads_are_read(name: str) -> None:
    connector = SOURCES[name].connector
    assert connector is not None
    assert all(len(frame) for frame in connector.parse(sound(SOURCES[name])).values())


@pytest.mark.parametrize("name", SYNTHETIC)
@given(data=st.data())
def test_damaged_bytes_give_valid_rows_or_a_told_problem(name: str, data: st.DataObject) -> None:
    files = sound(SOURCES[name])
    file = data.draw(st.sampled_from(sorted(files)))
    how = data.draw(st.sampled_from(["flip", "delete", "insert", "cut"]))
    place, byte = data.draw(st.integers(0, len(files[file]) - 1)), data.draw(st.integers(1, 255))
    rows_or_problem(SOURCES[name], files | {file: damaged(files[file], how, place, byte)})


@pytest.mark.parametrize("name", SYNTHETIC)
@pytest.mark.parametrize(
    "payload", [b"", b"<html><title>Sorry</title></html>", "Zürich;Genève".encode("latin-1"), b"null", b"[1]", b'{"a": 1}']
)
def test_what_is_no_such_file_is_refused(name: str, payload: bytes) -> None:
    files = sound(SOURCES[name])
    connector = SOURCES[name].connector
    assert connector is not None
    with pytest.raises(SourceError):
        connector.parse(files | {next(iter(files)): payload})
