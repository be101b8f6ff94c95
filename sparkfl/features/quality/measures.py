"""Figures of columns that expectations are of, one row each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pyspark.sql import Column
from pyspark.sql import functions as sf

from sparkfl.columns import finite

__all__ = ["MEASURES"]


def _number(column: Column) -> Column:
    return finite(column.cast("double"))


MEASURES: Mapping[str, Callable[[Column], Column]] = {
    "nulls": lambda column: sf.avg(column.isNull().cast("double")),
    "distinct": lambda column: sf.count_distinct(column),
    "min": lambda column: sf.min(_number(column)),
    "max": lambda column: sf.max(_number(column)),
    "mean": lambda column: sf.avg(_number(column)),
    "std": lambda column: sf.stddev_samp(_number(column)),
    "rows": lambda _: sf.count(sf.lit(1)),
}
"""The figure of a column over the rows of a frame, by its name in expectations.

``nulls`` is the share of NULLs; ``min``, ``max``, ``mean`` and ``std``, that of a sample, are of
the finite values; ``rows`` is of no column.
"""
