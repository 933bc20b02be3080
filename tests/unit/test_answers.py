"""What the headers of an answer say, and how it is told."""

from __future__ import annotations

import pytest

from sources.answers import retry_after, waiting
from tests.publisher import DAY


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (45, "45 s"),
        (1800, "30 minutes"),
        (5 * 3600, "5 hours"),
        (2303528942, "26,661 days, until 2099-11-23"),
        (1e17, "longer than there are calendars for"),
    ],
)
def test_a_long_wait_is_said_as_people_say_it(seconds: float, said: str) -> None:
    assert waiting(seconds, DAY) == said


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(None, None), ("7", 7.0), ("Wed, 25 Nov 2026 05:00:30 GMT", 30.0), ("Wed, 25 Nov 2026 04:00:00 GMT", 0.0), ("soon", None)],
)
def test_retry_after_is_a_number_or_a_date(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, DAY) == seconds
