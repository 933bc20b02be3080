"""Words of a publisher that a connector selects rows by: where one is wholly gone, it was renamed, and nothing says so.

A row that says something else than the words asked for is passed over, as it should be. When no row of a file says one of
them any more, what it stood for would vanish without a word: that is an error.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from sources.errors import Problem, SourceError, nearest


def check_words(said: Iterable[object], wanted: Collection[str], where: str, heading: str) -> None:
    """Raise SourceError for each word of `wanted` that is not among what the rows of a file say under a heading."""
    found = {str(word) for word in said}
    problems = [
        Problem(where, 1, heading, f"no row says {word!r} any more, though it is read{nearest(word, sorted(found))}")
        for word in wanted
        if word not in found
    ]
    if problems:
        raise SourceError(problems)
