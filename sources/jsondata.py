"""JSON files, with the place of what is wrong in them."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from sources.columns import Table
from sources.errors import Problem, SourceError
from sources.tabular import check_headings, decoded

_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def loaded(payload: bytes, where: str) -> Any:
    """The value of a JSON file; SourceError with line and column where it is not well-formed."""
    try:
        value = json.loads(decoded(payload, where))
        if b"\\u" in payload:
            if nul := _NUL.search(payload):
                line = payload.count(b"\n", 0, nul.start()) + 1
                raise SourceError(
                    [Problem(where, line, "-", "there is an escaped NUL character in this line: the file was damaged on its way")]
                )
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except json.JSONDecodeError as error:
        raise SourceError([Problem(where, error.lineno, str(error.colno), f"not well-formed JSON: {error.msg}")]) from error
    except UnicodeEncodeError as error:
        raise SourceError([Problem(where, 1, "-", "an escaped character is half of a pair: its text is no text")]) from error
    except RecursionError as error:
        raise SourceError([Problem(where, 1, "-", "nested too deeply to be data")]) from error


def entries(value: Any, path: str, where: str) -> list[Any]:
    """The list at a dotted path ('response.data'); SourceError that says what is there instead."""
    for step in path.split(".") if path else []:
        if not isinstance(value, dict) or step not in value:
            known = ", ".join(map(repr, list(value)[:9])) if isinstance(value, dict) else type(value).__name__
            raise SourceError([Problem(where, 1, path, f"expected {step!r} here, found {known}")])
        value = value[step]
    if not isinstance(value, list):
        raise SourceError([Problem(where, 1, path or "-", f"expected a list here, found {type(value).__name__}")])
    return value


def objects(
    found: Sequence[Any], record: type[Table], where: str, ignored: Collection[str] = (), may_lack: Collection[str] = ()
) -> Iterator[tuple[int, dict[str, Any]]]:
    """The entries of a list, numbered from 1, each with the keys that `record` declares; for `tabular.validated`.

    Empty texts are missing values. A key that is neither declared nor ignored, or one of the declared that an entry lacks,
    is a SourceError that names it, with the entry's number as its line.
    """
    known: set[frozenset[str]] = set()
    for number, entry in enumerate(found, start=1):
        if not isinstance(entry, dict):
            raise SourceError([Problem(where, number, "-", f"expected an object here, found {type(entry).__name__}")])
        keys = frozenset(entry)
        if keys not in known:
            check_headings(list(entry), record, where, ignored, number, may_lack)
            known.add(keys)
        yield number, {key: _value(value) for key, value in entry.items() if key not in ignored}


def _value(value: Any) -> Any:
    return (value.strip() or None) if isinstance(value, str) else value
