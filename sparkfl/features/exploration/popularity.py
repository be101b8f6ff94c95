"""What is ordered most against what is recommended most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as sf
from pyspark.sql.types import ArrayType

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkfl.columns import Found

__all__ = ["popularity"]

_MOST = 20


def popularity(df: DataFrame, ordered: Found, recommended: Found) -> DataFrame:
    """Count the items of two columns, single ones or arrays; tell the twenty first of each.

    ``overlap`` is the share of the first twenty by orders, or of all if there are fewer, that are
    among as many by recommendations.
    """
    both = _items(df, ordered, "ordered").unionAll(_items(df, recommended, "recommended"))
    counts = both.where("item IS NOT NULL").groupBy("item")
    names = ("ordered", "recommended")
    counted = counts.agg(*(sf.count_if(sf.col("which") == name).alias(name) for name in names))
    ranked = counted.select(
        "*",
        *(
            sf.row_number().over(Window.orderBy(sf.col(name).desc(), "item")).alias(f"{name}_rank")
            for name in names
        ),
    )
    first = [(sf.col(f"{n}_rank") <= _MOST) & (sf.col(n) > 0) for n in names]
    top = ranked.where(first[0] | first[1])
    told = sf.array(
        *(
            sf.struct(sf.lit(n).alias("statistic"), sf.col(n).cast("double").alias("value"))
            for n in ("ordered", "recommended", "ordered_rank", "recommended_rank")
        )
    )
    section = sf.lit("popularity").alias("section")
    rows = top.select(section, sf.col("item").alias("feature"), sf.inline(told))
    overlap = top.agg(
        sf.count_if(first[0] & first[1]).alias("both"), sf.count_if(first[0]).alias("all")
    ).where(sf.col("all") > 0)
    return rows.unionAll(
        overlap.select(
            section,
            sf.lit(None).cast("string").alias("feature"),
            sf.lit("overlap").alias("statistic"),
            (sf.col("both") / sf.col("all")).alias("value"),
        )
    )


def _items(df: DataFrame, found: Found, which: str) -> DataFrame:
    """Return the items of a column, an item a row."""
    column: Column = found.column
    item = sf.explode(column) if isinstance(found.type, ArrayType) else column
    items = df.select(item.alias("item"))
    return items.select(sf.col("item").cast("string"), sf.lit(which).alias("which"))
