"""Options of which values are searched: HPARAM_RANGE and HPARAM_CANDIDATES, as BigQuery ML's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sparkfl.errors import ParameterError

__all__ = ["CANDIDATES", "RANGE", "Hparam", "hparam"]

RANGE, CANDIDATES = "HPARAM_RANGE", "HPARAM_CANDIDATES"
_LOGARITHMIC = 100
"""From how many times its lower end the upper end of a range is searched by its logarithm."""


@dataclass(frozen=True)
class Hparam:
    """The values that an option is searched among.

    Attributes
    ----------
    low, high : int, float or None
        Ends of a range, whole numbers or not.
    candidates : tuple
        Else the values.

    Examples
    --------
    >>> Hparam(0.001, 1).logarithmic, Hparam(1, 50).logarithmic
    (True, False)
    """

    low: float | None = None
    high: float | None = None
    candidates: tuple[Any, ...] = ()

    @property
    def logarithmic(self) -> bool:
        """Whether a range is searched by its logarithm."""
        if self.low is None or self.high is None or self.low <= 0:
            return False
        return self.high / self.low >= _LOGARITHMIC

    @property
    def whole(self) -> bool:
        """Whether a range is of whole numbers."""
        return isinstance(self.low, int) and isinstance(self.high, int)


def hparam(key: str, value: object) -> Hparam | None:
    """Return what is searched, None if the value of an option is a value.

    Parameters
    ----------
    key : str
        The option, for the message.
    value : object
        Its value: ``{"HPARAM_RANGE": [low, high]}`` or ``{"HPARAM_CANDIDATES": [...]}`` is
        searched.

    Raises
    ------
    ParameterError
        If the range is none, or there is no candidate.

    Examples
    --------
    >>> hparam("K", {"HPARAM_RANGE": (2, 10)})
    Hparam(low=2, high=10, candidates=())
    >>> hparam("K", 3)
    """
    if not isinstance(value, Mapping) or len(value) != 1:
        return None
    ((name, given),) = value.items()
    if name == CANDIDATES:
        if not isinstance(given, Sequence) or isinstance(given, str) or not given:
            raise ParameterError(
                f"{key} = {CANDIDATES}([…]) takes an array of values; got {given}."
            )
        return Hparam(candidates=tuple(given))
    if name != RANGE:
        return None
    numbers = [v for v in given if isinstance(v, int | float) and not isinstance(v, bool)]
    if len(given) != 2 or len(numbers) < 2 or not numbers[0] < numbers[1]:
        raise ParameterError(
            f"{key} = {RANGE}(low, high) takes two numbers, the lower first; got "
            f"{', '.join(map(str, given))}."
        )
    low, high = (float(v) for v in numbers) if any(map(_is_float, numbers)) else numbers
    return Hparam(low, high)


def _is_float(value: float) -> bool:
    return isinstance(value, float)
