"""The population stability index: how far a column's distribution is from an earlier one."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import Column, Row
from pyspark.sql import functions as sf
from pyspark.sql.types import BooleanType, DataType, NumericType, StringType

from sparkfl.columns import finite
from sparkfl.errors import SchemaError

__all__ = ["index", "profile", "profile_columns"]

_PERCENTILES = [k / 100 for k in range(1, 101)]
_BUCKETS = 20
_LEAST = 1e-4
"""A bin that is empty on one side counts as this share."""


def profile_columns(
    name: str, column: Column, type_: DataType, reference: Mapping[str, Any] | None
) -> dict[str, Column]:
    """Return the aggregates that a profile is made of, and those that compare it.

    Raises
    ------
    SchemaError
        If the column has neither numbers, booleans nor texts.
    """
    told = {"rows": sf.count(sf.lit(1))}
    if isinstance(type_, NumericType) and not isinstance(type_, BooleanType):
        number = finite(column.cast("double"))
        told["count"] = sf.count(number)
        told["percentiles"] = sf.percentile_approx(number, _PERCENTILES, 10_000)
        below = [sf.count_if(number <= edge) for edge in _edges(reference)]
        told["below"] = sf.array(*below, sf.count(number))
    elif isinstance(type_, BooleanType | StringType):
        told["count"] = sf.count(column)
        bucket = sf.pmod(sf.xxhash64(column), sf.lit(_BUCKETS))
        counts = [sf.count_if(column.isNotNull() & (bucket == k)) for k in range(_BUCKETS)]
        told["buckets"] = sf.array(*counts)
    else:
        raise SchemaError(
            f"psi({name}): {name} is {type_.simpleString()}, and has to have numbers, booleans or "
            "texts."
        )
    return told


def profile(figures: Row) -> dict[str, Any] | None:
    """Return what is kept of a column's distribution; None of no rows.

    Of numbers that is their percentiles, of others the shares of twenty buckets of their hashes:
    no value of a text is kept.
    """
    told = figures.asDict()
    if not told["rows"]:
        return None
    nulls = 1 - told["count"] / told["rows"]
    if "buckets" in told:
        return {"nulls": nulls, "buckets": [n / told["rows"] for n in told["buckets"]]}
    return {"nulls": nulls, "percentiles": told["percentiles"] or []}


def index(figures: Row, reference: Mapping[str, Any] | None) -> float | None:
    """Return the index of figures that `profile_columns` named, against a profile of before.

    The sum over bins of (a - b) ln(a / b), a and b the shares of the rows in a bin: NULL, and of
    numbers those between the deciles of before.

    Returns
    -------
    float or None
        None without rows or a profile, or if one is of numbers and the other is not.

    Examples
    --------
    >>> now = Row(rows=4, count=4, buckets=[3, 1])
    >>> round(index(now, {"nulls": 0.0, "buckets": [0.5, 0.5]}), 4)
    0.2747
    """
    own = profile(figures)
    if own is None or reference is None or ("buckets" in own) != ("buckets" in reference):
        return None
    if "buckets" in own:
        before, now = reference["buckets"], own["buckets"]
    else:
        edges = _edges(reference)
        percentiles, there = reference["percentiles"], 1 - reference["nulls"]
        cumulated = [there * sum(p <= edge for p in percentiles) / 100 for edge in edges]
        before = _differences([*cumulated, there])
        now = _differences([n / figures["rows"] for n in figures["below"]])
    pairs = zip([*before, reference["nulls"]], [*now, own["nulls"]], strict=True)
    return math.fsum(_part(max(a, _LEAST), max(b, _LEAST)) for a, b in pairs)


def _part(before: float, now: float) -> float:
    return (now - before) * math.log(now / before)


def _differences(cumulated: Sequence[float]) -> list[float]:
    return [b - a for a, b in zip([0.0, *cumulated], cumulated, strict=False)]


def _edges(reference: Mapping[str, Any] | None) -> list[float]:
    """Return where the bins of numbers end: the deciles of before."""
    percentiles = (reference or {}).get("percentiles") or []
    return sorted(set(percentiles[9:99:10]))
