from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.errors import ParameterError
from sparkfl.events.period import Period


@given(st.datetimes(), st.integers(-14, 14))
def test_an_offset_of_its_own_wins_over_the_zone(moment: datetime, hours: int) -> None:
    moment = moment.replace(year=2024, tzinfo=timezone(timedelta(hours=hours)))
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    for value in (moment, moment.isoformat()):
        assert Period.parse(value, value, "Asia/Tokyo").start == expected


@given(st.dates())
def test_a_date_is_its_first_instant_as_text_and_as_value(day: date) -> None:
    period = Period.parse(day, day.isoformat())
    assert period.start == period.end == (day - date(1970, 1, 1)).days * 86_400_000_000


def test_a_day_begins_when_the_zone_says() -> None:
    summer = Period.parse("2025-07-01", "2025-07-01", "America/New_York").start
    assert summer - Period.parse("2025-07-01", "2025-07-01").start == 4 * 3_600_000_000


@pytest.mark.parametrize(
    ("start", "end", "zone", "names"),
    [
        ("2025-02-01", "2025-01-31", "UTC", "2025-02-01 is after end 2025-01-31"),
        ("31.01.2025", "2025-02-01", "UTC", "start '31.01.2025'"),
        ("2025-01-01", "2025-02-30", "UTC", "end '2025-02-30'"),
        ("2025-01-01", 20250101, "UTC", "end 20250101"),
        ("2025-01-01", "2025-02-01", "Mars/Olympus", "'Mars/Olympus'"),
        ("2025-01-01", "2025-02-01", "", "''"),
        ("2025-01-01", "2025-02-01", "/etc/passwd", "/etc/passwd"),
    ],
)
def test_what_cannot_be_read_is_named(start: str, end: str, zone: str, names: str) -> None:
    with pytest.raises(ParameterError, match=names):
        Period.parse(start, end, zone)
