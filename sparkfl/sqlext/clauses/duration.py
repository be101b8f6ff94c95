"""A length of time, as ``'10 minutes'``."""

from __future__ import annotations

import re

from sparkfl.errors import ParameterError

__all__ = ["seconds_of"]

_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}
_PART = r"\s*(\d+(?:\.\d+)?)\s*(second|minute|hour|day|week)s?\s*"


def seconds_of(text: str, what: str) -> float:
    """Return the seconds of a length of time.

    Parameters
    ----------
    text : str
        Numbers with units, as Spark's intervals have them.
    what : str
        Whose length it is, for the message.

    Raises
    ------
    ParameterError
        If it is none.

    Examples
    --------
    >>> seconds_of("1 hour 30 minutes", "DEADLINE")
    5400.0
    >>> seconds_of("soon", "DEADLINE")
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: DEADLINE is 'soon'; give a length of time such as '10 minutes' \
or '1 day'.
    """
    if not re.fullmatch(f"(?:{_PART})+", text, re.IGNORECASE):
        raise ParameterError(
            f"{what} is {text!r}; give a length of time such as '10 minutes' or '1 day'."
        )
    parts = re.findall(_PART, text, re.IGNORECASE)
    return float(sum(float(number) * _UNITS[unit.lower()] for number, unit in parts))
