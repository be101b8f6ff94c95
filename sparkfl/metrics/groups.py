"""Metrics of groups of rows: what the groups' columns are called, inside and in the answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from sparkfl.columns import resolve
from sparkfl.errors import SchemaError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["group_columns", "group_keys", "group_name", "led_by"]


def group_keys(by: Sequence[str]) -> list[str]:
    """Return the names that the columns of groups have while metrics are computed."""
    return [f"group_{place}" for place in range(len(by))]


def group_columns(df: DataFrame, by: Sequence[str]) -> list[Column]:
    """Return the columns of groups under the names of `group_keys`.

    Raises
    ------
    SchemaError
        If one is missing.
    """
    pairs = zip(by, group_keys(by), strict=True)
    return [resolve(df, name).column.alias(key) for name, key in pairs]


def group_name(name: str, others: Iterable[str]) -> str:
    """Return what a column of groups is called beside others: ``store`` if one has its name.

    Examples
    --------
    >>> group_name("shop", ["feature"]), group_name("Feature", ["feature"])
    ('shop', 'store')
    """
    return "store" if name.lower() in {other.lower() for other in others} else name


def led_by(judged: DataFrame, by: Sequence[str]) -> DataFrame:
    """Return metrics led by the columns of their groups, see `group_name`.

    Raises
    ------
    SchemaError
        If two would have one name.

    Examples
    --------
    >>> led_by(spark.sql("SELECT 'north' AS group_0, 0.5 AS mae"), ["mae"]).columns
    ['store', 'mae']
    """
    metrics = judged.columns[len(by) :]
    names = [group_name(name, metrics) for name in by]
    if len({name.lower() for name in names}) < len(names):
        raise SchemaError(
            f"The groups {', '.join(by)} are named like metrics; give them other names in the "
            "query."
        )
    return judged.toDF(*names, *metrics)
