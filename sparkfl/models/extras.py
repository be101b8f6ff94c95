"""Columns of the query that a type reads in training besides its features and its label."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL
from sparkfl.models.names import QUERY, WEIGHT

if TYPE_CHECKING:
    from pyspark.sql import Column

__all__ = ["EXTRAS", "OFFSET", "Extra"]

OFFSET = INTERNAL + "offset"
"""The pipeline's column of what predictions need, too."""


@dataclass(frozen=True)
class Extra:
    """A column that an option names.

    Attributes
    ----------
    column : str
        Its name in the pipeline.
    kinds : tuple of str
        Kinds that it may have.
    says : str
        What it must be, to end "…; it must be".
    type : str
        The type it is read as.
    valid : callable
        ``valid(value)``: whether a row's value can be used.
    """

    column: str
    kinds: tuple[str, ...]
    says: str
    type: str
    valid: Callable[[Column], Column]


def _weight(value: Column) -> Column:
    return (F.abs(value) < float("inf")) & (value >= 0)


def _event(value: Column) -> Column:
    return value.isin(0.0, 1.0)


EXTRAS: Mapping[str, Extra] = {
    "weightCol": Extra(WEIGHT, ("number",), "a number", "double", _weight),
    "censorCol": Extra(
        INTERNAL + "censor",
        ("number", "boolean"),
        "1 or TRUE where the event has happened, else 0 or FALSE",
        "double",
        _event,
    ),
    "validationIndicatorCol": Extra(
        INTERNAL + "validation",
        ("boolean",),
        "a boolean, TRUE for the rows that training is stopped by",
        "boolean",
        lambda value: value.isNotNull(),
    ),
    "queryCol": Extra(
        QUERY,
        ("number", "string", "boolean", "date"),
        "a number, a string or a date",
        "string",
        F.isnotnull,
    ),
    "offsetCol": Extra(OFFSET, ("number",), "a number", "double", F.isnotnull),
}
"""By the Param that names it; the offset is valid as the features are."""
