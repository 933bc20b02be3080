"""Dates as publishers write them, into ISO texts ('2018-08-27'), and the dates of records; what cannot be understood is refused."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator

FIRST, LAST = date(1900, 1, 1), date(2199, 12, 31)
_EXCEL_EPOCH = date(1899, 12, 30)
_ISO = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?")
_PARTIAL = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")
_AMERICAN = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})(?: \d{1,2}:\d{2}(?::\d{2})?(?: [AP]M)?)?")


def excel_date(value: Any) -> str | None:
    """The day of a workbook's cell: a date, an Excel serial number (days since 1899-12-30), or a date as text.

    Raises ValueError for anything else.
    """
    if value is None:
        return None
    if isinstance(value, date):  # a datetime is a date too
        return _within(value.year, value.month, value.day)
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if not 1 <= value <= (LAST - _EXCEL_EPOCH).days:
            raise ValueError(f"expected a date or the serial number of one, up to {(LAST - _EXCEL_EPOCH).days}")
        return (_EXCEL_EPOCH + timedelta(days=int(value))).isoformat()
    if isinstance(value, str) and "/" in value:
        return american_date(value)
    return iso_day(value)


def iso_day(value: Any) -> str | None:
    """The day of an ISO date or instant: '2025-10-07T20:34:28+00:00' -> '2025-10-07'. The day is that of the text's own zone."""
    if value is None:
        return None
    match = _ISO.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError("expected a date such as 2025-10-07, or with a time as in 2025-10-07T20:34:28+00:00")
    return _within(int(match[1]), int(match[2]), int(match[3]))


@lru_cache(maxsize=65_536)
def american_date(value: str | None) -> str | None:
    """'8/27/2018' (month, day, year), with or without a time -> '2018-08-27'."""
    if value is None:
        return None
    match = _AMERICAN.fullmatch(value.strip())
    if match is None:
        raise ValueError("expected a date as month/day/year, such as 8/27/2018")
    return _within(int(match[3]), int(match[1]), int(match[2]))


def _within(year: int, month: int, day: int) -> str:
    found = date(year, month, day)  # a ValueError where there is no such day
    if not FIRST <= found <= LAST:
        raise ValueError(f"expected a date from {FIRST} to {LAST}")
    return found.isoformat()


def day_of(value: Any) -> str | None:
    """The text of an id that a workbook's maker let Excel take for a date; other values as they are."""
    return value.date().isoformat() if isinstance(value, datetime) else value.isoformat() if isinstance(value, date) else value


@lru_cache(maxsize=65_536)
def partial_date(value: str) -> str:
    """The text itself where it is a year, a month or a day of the calendar: '2026', '2026-10', '2026-10-31'.

    Raises ValueError for anything else.
    """
    if not _is_partial_date(value):
        raise ValueError("expected a year, month or day such as 2026, 2026-10 or 2026-10-31")
    return value


@lru_cache(maxsize=65_536)
def whole_day(value: str) -> str:
    """The text itself where it is a day of the calendar: '2026-10-31'. Raises ValueError for anything else."""
    if len(value) != len("2026-10-31") or not _is_partial_date(value):
        raise ValueError("expected a day such as 2026-10-31")
    return value


def _is_partial_date(value: str) -> bool:
    if not _PARTIAL.fullmatch(value):
        return False
    try:
        date.fromisoformat(f"{value}-01-01"[:10])
    except ValueError:  # no calendar has it
        return False
    return True


ExcelDate = Annotated[str | None, BeforeValidator(excel_date)]
IsoDay = Annotated[str | None, BeforeValidator(iso_day)]
AmericanDate = Annotated[str | None, BeforeValidator(american_date)]
