"""How far back a feature looks."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sparkfl.errors import ParameterError

__all__ = ["Window"]

_TEXT = re.compile(r"(?:last\s+)?(\d+)\s*(d|days?|w|weeks?)", re.IGNORECASE)
_WEEK = 7
_MOST = 36_500


@dataclass(frozen=True)
class Window:
    """The last days before the time that is asked for, which is not in it.

    Parameters
    ----------
    days : int
        Days of 24 hours, from 1 to 36500.

    Raises
    ------
    ParameterError
        If `days` is not such a number.

    Examples
    --------
    >>> Window.parse("last 4 weeks"), str(Window(7))
    (Window(days=28), '7 days')
    """

    days: int

    def __post_init__(self) -> None:
        if type(self.days) is not int or not 1 <= self.days <= _MOST:
            raise ParameterError(
                f"A window has from 1 to {_MOST} days; got {self.days!r}. Leave the window out to "
                "see all time."
            )

    @classmethod
    def parse(cls, value: object) -> Window | None:
        """Read ``30``, ``'30 days'``, ``'30d'`` or ``'4 weeks'``; None is all time."""
        if value is None or isinstance(value, Window):
            return value
        if isinstance(value, int):
            return cls(value)
        found = _TEXT.fullmatch(value.strip()) if isinstance(value, str) else None
        if found is None:
            raise ParameterError(
                f"{value!r} is no window; give days or weeks, such as '30 days', or leave it out "
                "to see all time."
            )
        return cls(int(found[1]) * (_WEEK if found[2].lower().startswith("w") else 1))

    def __str__(self) -> str:
        return f"{self.days} days"
