"""The units a figure may be given in: a closed list, so that a typing error is not a new unit.

A unit is one base unit, or base units joined by `/` ("kg/wafer", "USD/MW/month"). There is no conversion
here: a figure is converted once, when it is curated, and the conversion is said in its note.
"""

from __future__ import annotations

from difflib import get_close_matches

BASE_UNITS = frozenset(
    {
        # counting
        "unit", "wafer", "count", "fraction", "ratio", "bit", "B", "token", "tokens", "Mtoken", "request", "attempt",
        # matter
        "kg", "t", "l", "m3", "m", "km", "mm", "mm2", "m2", "cm2", "1",
        # energy and power
        "W", "kW", "MW", "GW", "kWh", "MWh", "TWh", "MVA",
        # data
        "MB", "GB", "TB", "TFLOP",
        # time
        "us", "ms", "s", "min", "hour", "day", "days", "week", "weeks", "month", "months", "year", "years",
        # money
        "USD", "MUSD", "EUR", "degree",
        # the publishers' own
        "toz", "mmbtu", "gCO2", "index",
    }
)  # fmt: skip


def check_unit(unit: str) -> str:
    """The unit itself, or a ValueError that names the nearest known ones."""
    for part in unit.split("/"):
        if part not in BASE_UNITS:
            near = get_close_matches(part, sorted(BASE_UNITS), n=3, cutoff=0.4)
            hint = f"; nearest: {', '.join(near)}" if near else ""
            possible = ", ".join(sorted(BASE_UNITS, key=str.casefold))
            raise ValueError(f"unknown unit {part!r}{hint} (a unit is one of these, or several joined by '/': {possible})")
    return unit


def per(numerator: str, denominator: str) -> str:
    """The unit of an amount of one thing per unit of another: per("kg", "wafer") is "kg/wafer"."""
    return f"{numerator}/{denominator}"
