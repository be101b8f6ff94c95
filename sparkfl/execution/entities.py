"""Whom rows are about: a number that stands for the entity, and how many there are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = [
    "CONTENT",
    "ENTITY",
    "columns_of",
    "entity_code",
    "is_guarded",
    "is_keyed",
    "with_sizes",
]

ENTITY = "entity"
"""Column of rows that name their entity; it ends in the worker that counts it."""

CONTENT = "content"
"""Column of rows that go to a guard: a hash of their features."""

_BITS = 53
"""As many as a double holds: a worker reads all columns as doubles."""


def entity_code(key: Column) -> Column:
    """Return the number of an entity: a hash of its key of 53 bits, the same wherever made.

    Two entities of one number count as one: sizes are never too large. Of a million in a store
    that happens to any two once in 18,000 stores. Rows without a key have one number together.

    Examples
    --------
    >>> from pyspark.sql import functions as F
    >>> codes = spark.range(1000).select(entity_code(F.col("id")).alias("code"))
    >>> codes.distinct().count()
    1000
    """
    return F.xxhash64(key).bitwiseAND(F.lit(2**_BITS - 1))


def is_keyed(rows: DataFrame) -> bool:
    """Tell whether rows name their entities; if not, each is one."""
    return ENTITY in rows.columns


def is_guarded(rows: DataFrame) -> bool:
    """Tell whether the results of rows go to a guard."""
    return CONTENT in rows.columns


def columns_of(rows: DataFrame, guarded: bool = False) -> list[str]:
    """Return the columns of what a worker reads, but the store."""
    others = [name for name in (ENTITY, CONTENT) if name in rows.columns]
    return [name for name in others if guarded or name == ENTITY] + ["features"]


def with_sizes(figures: DataFrame, rows: DataFrame, by: Sequence[str]) -> DataFrame:
    """Add to figures of groups of rows how many entities they have, if the rows name them.

    Parameters
    ----------
    figures : pyspark.sql.DataFrame
        A row a group.
    rows : pyspark.sql.DataFrame
        The rows.
    by : sequence of str
        Columns that both have, by which rows are grouped; NULL is a group.

    Returns
    -------
    pyspark.sql.DataFrame
        With `entities`, and with `most`, the rows of the one that has most.

    Examples
    --------
    >>> rows = spark.sql("VALUES ('a', 1), ('a', 1), ('a', 2), (NULL, 7) AS t(store, entity)")
    >>> with_sizes(rows.groupBy("store").count(), rows, ["store"]).sort("store").show()
    +-----+-----+--------+----+
    |store|count|entities|most|
    +-----+-----+--------+----+
    | NULL|    1|       1|   1|
    |    a|    3|       2|   2|
    +-----+-----+--------+----+
    """
    if not is_keyed(rows):
        return figures
    each = rows.groupBy(*by, ENTITY).agg(F.count(F.lit(1)).alias("rows"))
    sizes = each.groupBy(*(F.col(name).alias(f"{name}_of_size") for name in by)).agg(
        F.count(F.lit(1)).alias("entities"), F.max("rows").alias("most")
    )
    same = [F.col(name).eqNullSafe(F.col(f"{name}_of_size")) for name in by]
    return figures.join(sizes, same).drop(*(f"{name}_of_size" for name in by))
