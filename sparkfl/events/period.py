"""The closed interval of time that events are read from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from zoneinfo import ZoneInfo

from sparkfl.errors import ParameterError

__all__ = ["Period", "instant"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Period:
    """Closed interval [start, end] of instants, in microseconds since 1970-01-01 UTC.

    Parameters
    ----------
    start, end : int
        Microseconds since the epoch; `start` is not after `end`.
    time_zone : str
        IANA name of the zone that days begin and end in.
    """

    start: int
    end: int
    time_zone: str

    @classmethod
    def parse(cls, start: str | date, end: str | date, time_zone: str = "UTC") -> Period:
        """Read both ends as dates or times of a time zone.

        Parameters
        ----------
        start, end : str, datetime.date or datetime.datetime
            ISO 8601 text or Python values. A date means its first instant: of the day `end`, only
            midnight is inside. An offset of a value's own wins over `time_zone`.
        time_zone : str, default 'UTC'
            IANA name of the zone in which values without an offset are read.

        Raises
        ------
        ParameterError
            If the zone is unknown, a value cannot be read, or `start` is after `end`.

        Examples
        --------
        >>> Period.parse("1970-01-01", "1970-01-02T00:00:01", "UTC")
        Period(start=0, end=86401000000, time_zone='UTC')
        >>> Period.parse("1970-01-01", "1970-01-02", "Europe/Paris").start
        -3600000000
        """
        try:
            zone = ZoneInfo(time_zone)
        except (LookupError, ValueError, TypeError, OSError) as error:
            raise ParameterError(
                f"Unknown time zone {time_zone!r}; give an IANA name such as 'UTC' or "
                "'Europe/Paris'."
            ) from error
        first, last = instant("start", start, zone), instant("end", end, zone)
        if first > last:
            raise ParameterError(f"start {start!s} is after end {end!s}; exchange them.")
        return cls(first, last, time_zone)


def instant(name: str, value: str | date, zone: tzinfo = UTC) -> int:
    """Read a date, a datetime or ISO 8601 text as microseconds since 1970-01-01 UTC.

    Parameters
    ----------
    name : str
        What it is, for the message.
    value : str, datetime.date or datetime.datetime
        A date means its first instant. An offset of the value's own wins over `zone`.
    zone : datetime.tzinfo, default UTC
        Zone in which values without an offset are read.

    Raises
    ------
    ParameterError
        If it cannot be read.

    Examples
    --------
    >>> instant("as_of", "1970-01-02"), instant("as_of", "1970-01-01T01:00:00+01:00")
    (86400000000, 0)
    """
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.strip())
        except ValueError as error:
            raise ParameterError(
                f"{name} {value!r} is no date; give it as '2025-01-31' or '2025-01-31T12:00:00'."
            ) from error
    elif not isinstance(value, date):
        raise ParameterError(f"{name} {value!r} is no date; give text, a date or a datetime.")
    moment = value if isinstance(value, datetime) else datetime.combine(value, time())
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    return (moment - _EPOCH) // timedelta(microseconds=1)
