"""What cannot be written, in one sentence: a full disk, a folder that is read-only or somebody else's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pipelines.cli.errors import Failed, unharmed
from pipelines.home import ENVIRONMENT, home

CAUSES = {
    "No space left": "the disk is full",
    "disk is full": "the disk is full",
    "Disk quota exceeded": "your share of the disk is used up",
    "disk I/O error": "the disk is full or fails",
    "File too large": "files may not grow so large there",
    "Read-only file system": "it is read-only",
    "readonly database": "it is read-only",
    "Permission denied": "you may not write there",
    "Operation not permitted": "you may not write there",
    "unable to open database file": "you may not write there",
}
"""What the system, SQLite and DuckDB say of it, and what it means."""


def unwritable(said: str, where: str | None = None) -> str | None:
    """The sentence for an error of the system or of a database; None where it is about something else."""
    cause = next((means for text, means in CAUSES.items() if text in said), None)
    return None if cause is None else _sentence(cause, where)


def _sentence(cause: str, where: str | None) -> str:
    place = where or str(home().root)
    return (
        f"cannot write {place}: {cause}. Free space or give the right to write there, or name another folder in {ENVIRONMENT}. {unharmed()}"
    )


@contextmanager
def writing() -> Iterator[None]:
    """Turn errors of writing, from whichever database or file, into their sentence."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        where = str(error.filename) if error.filename else None
        raise Failed(unwritable(str(error), where) or _sentence(str(error.strerror or error).lower(), where)) from None
    except Exception as error:
        said = unwritable(str(error))
        if said is None:
            raise
        raise Failed(said) from None
