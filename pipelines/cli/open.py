"""The published version, for commands that read it."""

from __future__ import annotations

from pipelines.cli.errors import Failed
from pipelines.stack import NothingPublished, Stack


def published() -> Stack:
    """The newest published version; a message that says how to make one where there is none."""
    try:
        return Stack.load()
    except NothingPublished as error:
        raise Failed(str(error)) from None
