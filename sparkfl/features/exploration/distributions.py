"""How the values of columns are distributed: histograms, and the most frequent categories."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as sf

from sparkfl.features.exploration.columns import beside

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["MOST_VALUES", "histograms", "values"]

MOST_VALUES = 20
"""Categories of a column that are told, the most frequent."""


def histograms(listed: DataFrame, rows: DataFrame, measured: DataFrame, bins: int) -> DataFrame:
    """Count numbers and dates in bins of one width, as `numpy.histogram` does, in a second pass."""
    limits = listed.where("kind IN ('number', 'date')").join(
        measured.select("place", sf.col("f.min").alias("low"), sf.col("f.max").alias("high")),
        "place",
    )
    limits = limits.where("low IS NOT NULL")
    width = (sf.col("high") - sf.col("low")) / bins
    # What is drawn anew in this pass may be beyond.
    place = sf.least(
        sf.greatest(sf.floor((sf.col("x") - sf.col("low")) / width), sf.lit(0)), sf.lit(bins - 1)
    )
    bin_ = sf.when(sf.col("high") > sf.col("low"), place).otherwise(0)
    counted = (
        beside(rows.where("abs(x) < double('inf')"), limits)
        .groupBy(
            "place", "section", "feature", "kind", "low", "high", bin_.cast("int").alias("bin")
        )
        .agg(sf.count(sf.lit(1)).cast("double").alias("value"))
    )
    lower = sf.col("low") + width * sf.col("bin")
    upper = sf.when(sf.col("bin") == bins - 1, sf.col("high")).otherwise(lower + width)
    upper = sf.when(sf.col("high") > sf.col("low"), upper).otherwise(sf.col("high"))
    dates = sf.when(sf.col("kind") == "date", sf.timestamp_seconds(lower).cast("string"))
    return counted.select(
        sf.when(sf.col("section") == "features", "histogram")
        .otherwise(sf.col("section"))
        .alias("section"),
        "feature",
        sf.lit("count").alias("statistic"),
        "value",
        dates.alias("text"),
        lower.alias("lower"),
        upper.alias("upper"),
    )


def values(listed: DataFrame, rows: DataFrame) -> DataFrame:
    """Count the most frequent values of categories, ties in the order of the values."""
    order = Window.partitionBy("place").orderBy(sf.col("value").desc(), sf.col("s"))
    counted = rows.where("s IS NOT NULL").groupBy("place", "s")
    frequent = (
        counted.agg(sf.count(sf.lit(1)).cast("double").alias("value"))
        .withColumn("rank", sf.row_number().over(order))
        .where(sf.col("rank") <= MOST_VALUES)
    )
    section = sf.when(sf.col("section") == "features", "values").otherwise(sf.col("section"))
    return beside(frequent, listed).select(
        section.alias("section"),
        "feature",
        sf.lit("count").alias("statistic"),
        "value",
        sf.col("s").alias("text"),
    )
