"""How texts of a source are to be read: its own dates, numbers and words for what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sparkfl.errors import ParameterError

__all__ = ["RULES", "TextRules", "text_rules"]

RULES = ("DATE_FORMATS", "THOUSANDS", "DECIMAL", "NULL_VALUES", "BAD_ROWS", "TOLERANCE")
"""Options that are no reader's."""


@dataclass(frozen=True)
class TextRules:
    """How a text becomes a value.

    Parameters
    ----------
    date_formats : tuple of str
        Patterns of Spark's, tried in this order after ISO 8601.
    thousands : str, default ''
        What stands between groups of three digits; a blank also means the blanks that do not break.
    decimal : str, default '.'
        What stands before the fraction.
    null_values : tuple of str
        Texts that stand for NULL, besides the empty one.
    fail : bool, default False
        Whether a bad row is an error when it is read, rather than kept aside.
    tolerance : float, default 0
        Share of a column's values, of rows that are whole, that may be none of the type that the
        others have.
    """

    date_formats: tuple[str, ...] = ()
    thousands: str = ""
    decimal: str = "."
    null_values: tuple[str, ...] = ()
    fail: bool = False
    tolerance: float = 0.0

    @property
    def own_marks(self) -> bool:
        """Whether numbers are written in another way than JSON's."""
        return (self.thousands, self.decimal) != ("", ".")


def text_rules(given: Mapping[str, object]) -> TextRules:
    """Read the rules among the options of a source.

    Raises
    ------
    ParameterError
        If one has no such value, or two contradict each other.

    Examples
    --------
    >>> text_rules({"THOUSANDS": ".", "DECIMAL": ",", "PATH": "/in"}).decimal
    ','
    """
    found = _marks(given)
    for key in ("DATE_FORMATS", "NULL_VALUES"):
        if key in given:
            values = given[key] if isinstance(given[key], tuple) else (given[key],)
            assert isinstance(values, tuple)
            if not all(isinstance(value, str) for value in values):
                raise ParameterError(f"{key} is {given[key]!r}; give texts: ['a', 'b'].")
            found[key.lower()] = values
    if "BAD_ROWS" in given:
        if str(given["BAD_ROWS"]).lower() not in ("aside", "fail"):
            raise ParameterError(f"BAD_ROWS is {given['BAD_ROWS']!r}; choose 'aside' or 'fail'.")
        found["fail"] = str(given["BAD_ROWS"]).lower() == "fail"
    if "TOLERANCE" in given:
        share = given["TOLERANCE"]
        if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share < 1:
            raise ParameterError(f"TOLERANCE is {share!r}; give a share from 0 to below 1.")
        found["tolerance"] = float(share)
    rules = TextRules(**found)
    if rules.thousands == rules.decimal:
        raise ParameterError(
            f"THOUSANDS and DECIMAL are both {rules.decimal!r}; a number could be either. Give two."
        )
    return rules


def _marks(given: Mapping[str, object]) -> dict[str, Any]:
    """Read the characters in numbers."""
    found: dict[str, Any] = {}
    for key in ("THOUSANDS", "DECIMAL"):
        if key in given:
            mark = given[key]
            if not isinstance(mark, str) or len(mark) != 1 or mark.isalnum() or mark in "+-":
                raise ParameterError(f"{key} is {mark!r}; give one character, such as ',' or '.'.")
            found[key.lower()] = mark
    return found
