"""Figures of columns, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf
from pyspark.sql.types import BooleanType, NumericType

from sparkfl.columns import finite, resolve_all

__all__ = ["column_statistics"]


def column_statistics(df: DataFrame, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Compute figures of some columns of a frame, by their names.

    Examples
    --------
    >>> rows = spark.sql("SELECT * FROM VALUES (1.0D, 'a'), (3.0D, NULL) AS t(x, s)")
    >>> column_statistics(rows, ["x", "s"])["s"]
    {'count': 1, 'nulls': 1}
    >>> column_statistics(rows, ["x"])["x"]["mean"]
    2.0
    """
    figures: list[Column] = []
    for place, found in enumerate(resolve_all(df, names)):
        own = {
            "count": sf.count(found.column),
            "nulls": sf.count_if(found.column.isNull()),
        }
        if isinstance(found.type, NumericType | BooleanType):
            number = finite(found.column.cast("double"))
            own |= {
                "mean": sf.avg(number),
                "std": sf.stddev_samp(number),
                "min": sf.min(number),
                "max": sf.max(number),
            }
        told = sf.struct(*(figure.alias(name) for name, figure in own.items()))
        figures.append(told.alias(f"_{place}"))
    if not figures:
        return {}
    row = df.agg(*figures).first()
    assert row is not None
    return {name: row[f"_{place}"].asDict() for place, name in enumerate(names)}
