"""Coordinates as maps print them (degrees, minutes, seconds) into decimal degrees."""

from __future__ import annotations

import re

_DEGREES = re.compile(r"(\d+)°\s*(\d+)['′]\s*(\d+(?:\.\d+)?)[\"″]\s*([NSEW])")


def decimal_degrees(text: str) -> float:
    """`90°05'35"W` -> -90.0931; south and west are negative. ValueError where the text is no coordinate."""
    match = _DEGREES.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"expected degrees, minutes and seconds such as 32°35'25\"N, got {text!r}")
    degrees, minutes, seconds, hemisphere = match.groups()
    value = int(degrees) + int(minutes) / 60 + float(seconds) / 3600
    return -value if hemisphere in "SW" else value


def check_degrees(text: str) -> str:
    """The text itself, where it is a coordinate: for declarations of raw columns."""
    decimal_degrees(text)
    return text


def pair_in(text: str | None) -> tuple[float, float] | None:
    """Latitude and longitude where a text gives them, such as `27°33'21.6"N 35°32'18.4"E`; None where it does not."""
    found = [match.group(0) for match in _DEGREES.finditer(text or "")]
    if len(found) != 2:
        return None
    return decimal_degrees(found[0]), decimal_degrees(found[1])
