"""An exploration across stores: nothing but what passes the gate of each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pyspark.sql import functions as sf

from sparkfl.errors import SchemaError
from sparkfl.execution.store_figures import store_figures
from sparkfl.features.exploration.columns import (
    as_number,
    beside,
    columns_of,
    is_numeric,
    listed,
)
from sparkfl.privacy.rules import Rules

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sparkfl.columns import Found

__all__ = ["explore_stores"]

_HELD = "fewer rows, or rows with a value, than may be told of, or all of them alike"


def explore_stores(
    df: DataFrame, store: Found, target: Found | None, min_size: int
) -> list[DataFrame]:
    """Return the sections of an exploration across stores; without a store, of all together.

    A store with fewer rows than `min_size`, or whose rows are all alike, tells nothing, and of a
    number of which fewer rows have a value neither.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query.
    store : Found
        Its column of stores.
    target : Found, optional
        What correlations are with, if it is a number.
    min_size : int
        Fewest rows that anything is told of.
    """
    roles = {target.name: "target"} if target is not None else {}
    known = columns_of(df.schema, roles, [store.path[0]])
    numbers = [c for c in known if c.kind == "number"]
    if not numbers:
        raise SchemaError(
            "explore: with PER the numbers of the query are explored, and it has none; cast what "
            "is one."
        )
    goal = as_number(target) if target is not None and is_numeric(target) else None
    texts = [*(as_number(c.found) for c in numbers), *([goal] if goal is not None else [])]
    rows = df.select(
        store.column.cast("string").alias("store"),
        sf.expr(f"CAST(array({', '.join(texts)}) AS ARRAY<DOUBLE>)").alias("x"),
    )
    each = [f"get(x, {i})" for i in range(len(numbers))]
    told = store_figures(
        rows, each, f"get(x, {len(numbers)})" if goal is not None else None, Rules(min_size)
    )
    columns = ["rows", "n", "missing_share", "mean", "std", "pearson"]
    zipped = sf.posexplode(sf.arrays_zip(*columns)).alias("place", "f")
    names = listed(df, [replace(c, place=place) for place, c in enumerate(numbers)])
    by_feature = beside(told.select("store", zipped), names)
    by_feature = by_feature.select("store", "feature", "section", "f.*")
    return [_figures(by_feature), _correlations(by_feature)]


def _figures(told: DataFrame) -> DataFrame:
    """Return the figures of numbers, or that they are held back."""
    cv = sf.when(sf.col("mean") != 0, sf.col("std") / sf.abs("mean"))
    shown = {
        "rows": "rows",
        "count": "n",
        "missing_share": "missing_share",
        "mean": "mean",
        "std": "std",
    }
    none = sf.lit(None).cast("string")
    statistics = [(name, sf.col(column), none) for name, column in shown.items()]
    statistics.append(("cv", cv, none))
    held = sf.when(sf.col("mean").isNull(), sf.lit(_HELD))
    statistics.append(("held_back", sf.lit(None).cast("double"), held))
    array = sf.array(
        *(
            sf.struct(sf.lit(name).alias("statistic"), value.alias("value"), text.alias("text"))
            for name, value, text in statistics
        )
    )
    rows = told.select(sf.lit("stores").alias("section"), "store", "feature", sf.inline(array))
    return rows.where("value IS NOT NULL OR text IS NOT NULL")


def _correlations(told: DataFrame) -> DataFrame:
    """Return Pearson's correlations with the target."""
    return told.where("pearson IS NOT NULL AND section <> 'target'").select(
        sf.lit("correlation").alias("section"),
        "store",
        "feature",
        sf.lit("pearson").alias("statistic"),
        sf.col("pearson").alias("value"),
    )
