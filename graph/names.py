"""How a person calls a thing: by its id or by its name as the tables print it, in any case, its words apart or joined."""

from __future__ import annotations

import re
from collections.abc import Iterable


def spoken(text: str) -> str:
    """'GB200 NVL72', 'gb200-nvl72' and 'gb200_nvl72' are the same word: 'gb200_nvl72'."""
    return re.sub(r"[\s_-]+", "_", text.strip().casefold())


def called(ids: Iterable[str], names: Iterable[object] = ()) -> dict[str, str]:
    """What each thing may be called, as `spoken`, -> its id. Where the name of one thing is the id of another, the id holds."""
    ids = list(ids)
    named = zip(ids, names, strict=False)
    return {spoken(str(name)): i for i, name in named} | {spoken(i): i for i in ids}
