"""JSON files, with the place of what is wrong in them."""

from __future__ import annotations

import json
from typing import Any

from sources.errors import Problem, SourceError
from sources.tabular import decoded


def loaded(payload: bytes, where: str) -> Any:
    """The value of a JSON file; SourceError with line and column where it is not well-formed."""
    try:
        value = json.loads(decoded(payload, where))
        if b"\\u" in payload:
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
