"""Ids made from names: readable, ASCII, stable as long as the name is."""

from __future__ import annotations

import re
import unicodedata


def snake_case(name: str) -> str:
    """'Jupiter, Jülich' -> 'jupiter_julich'."""
    ascii_only = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "_", ascii_only.lower()).strip("_")
