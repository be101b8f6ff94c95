"""Figures of all columns, from one pass over the rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as sf

from sparkfl.features.exploration.columns import beside

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["MOST_CV_RATIO", "QUANTILES", "figures", "spread", "told_columns", "told_figures"]

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
MOST_CV_RATIO = 3.0
"""Train and test whose coefficients of variation differ by more are not alike."""

_ACCURACY = 10_000
_FINITE = "CASE WHEN abs(x) < double('inf') THEN x END"
_NUMBERS = ("mean", "std", "cv", "min", "max", "skewness", "kurtosis", "zeros", "infinite")
_DATES = ("min", "max")


def figures(rows: DataFrame, split: bool = False) -> DataFrame:
    """Aggregate what `long` gave, by column; with `split`, of train and test, too.

    Skewness and excess kurtosis are those of a population, as `scipy.stats` has them; the standard
    deviation is that of a sample; quantiles are values that are there, within a rank of 0.01 %.
    """
    levels = ", ".join(f"{q}D" for q in QUANTILES)
    measured = {
        "rows": "count(1)",
        "missing": "count_if(gone)",
        "infinite": "CAST(count_if(abs(x) = double('inf')) AS DOUBLE)",
        "zeros": "CAST(count_if(x = 0) AS DOUBLE)",
        "n": f"count({_FINITE})",
        "mean": f"avg({_FINITE})",
        "std": f"stddev_samp({_FINITE})",
        "min": f"min({_FINITE})",
        "max": f"max({_FINITE})",
        "skewness": f"skewness({_FINITE})",
        "kurtosis": f"kurtosis({_FINITE})",
        "distinct": "approx_count_distinct(x) + approx_count_distinct(s)",
        "quantiles": f"percentile_approx({_FINITE}, array({levels}), {_ACCURACY})",
        "covariance": f"covar_pop({_FINITE}, y)",
        "spread": f"stddev_pop(CASE WHEN y IS NOT NULL THEN {_FINITE} END)",
        "target_spread": f"stddev_pop(CASE WHEN ({_FINITE}) IS NOT NULL THEN y END)",
    }
    for part in ("train", "test") if split else ():
        own = f"CASE WHEN part = '{part}' THEN {_FINITE} END"
        measured |= {f"{part}_mean": f"avg({own})", f"{part}_std": f"stddev_samp({own})"}
    fields = ", ".join(f"'{name}', {text}" for name, text in measured.items())
    return rows.groupBy("place").agg(sf.expr(f"named_struct({fields})").alias("f"))


def told_columns(listed: DataFrame, measured: DataFrame) -> DataFrame:
    """Return, of each column, its type and what is missing: also of columns without a row."""
    rows = sf.coalesce(sf.col("f.rows"), sf.lit(0)).cast("double")
    missing = sf.coalesce(sf.col("f.missing"), sf.lit(0)).cast("double")
    other = sf.when(
        sf.col("kind") == "other",
        sf.lit("only what is missing is told: select its elements, or cast it, to explore them"),
    )
    distinct = sf.when(sf.col("kind") != "other", sf.coalesce(sf.col("f.distinct"), sf.lit(0)))
    told = sf.array(
        _told("rows", rows),
        _told("missing", missing),
        _told("missing_share", sf.when(rows > 0, missing / rows)),
        _told("distinct", distinct.cast("double")),
        _told("type", sf.lit(None).cast("double"), sf.col("type")),
        _told("not_explored", sf.lit(None).cast("double"), other),
    )
    return _tidy(beside(listed, measured, "left"), "columns", told)


def told_figures(listed: DataFrame, measured: DataFrame) -> DataFrame:
    """Return the figures of numbers and dates."""
    cv = sf.when(sf.col("f.mean") != 0, sf.col("f.std") / sf.abs("f.mean"))
    is_date = sf.col("kind") == "date"

    def text(value: Column) -> Column:
        return sf.when(is_date, sf.timestamp_seconds(value).cast("string"))

    told = []
    for name in _NUMBERS:
        value = cv if name == "cv" else sf.col(f"f.{name}")
        shown = value if name in _DATES else sf.when(~is_date, value)
        told.append(_told(name, shown, text(value) if name in _DATES else None))
    for place, q in enumerate(QUANTILES):
        value = sf.get("f.quantiles", sf.lit(place))
        told.append(_told(f"p{100 * q:g}", value, text(value)))
    found = beside(listed.where("kind IN ('number', 'date')"), measured)
    return _tidy(found, "summary", sf.array(*told))


def spread(listed: DataFrame, measured: DataFrame) -> DataFrame:
    """Return the coefficients of variation of train and test, in percent, and their ratio."""
    train, test = (
        sf.when(mean != 0, 100 * std / sf.abs(mean))
        for mean, std in (
            (sf.col(f"f.{part}_mean"), sf.col(f"f.{part}_std")) for part in ("train", "test")
        )
    )
    low, high = sf.least(train, test), sf.greatest(train, test)
    both = train.isNotNull() & test.isNotNull()
    ratio = sf.when(both, sf.when(low > 0, high / low).when(high == 0, 1.0).otherwise(float("inf")))
    warning = sf.when(
        ratio >= MOST_CV_RATIO,
        sf.lit(
            f"train and test vary differently: their ratio is {MOST_CV_RATIO:g} or more; split "
            "them at random, or look for outliers"
        ),
    )
    told = sf.array(
        _told("cv_train", train),
        _told("cv_test", test),
        _told("cv_ratio", ratio, warning),
    )
    numbers = beside(listed.where("kind = 'number'"), measured)
    return _tidy(numbers, "spread", told)


def _told(statistic: str, value: Column, text: Column | None = None) -> Column:
    """Return one statistic."""
    own = sf.lit(None).cast("string") if text is None else text
    return sf.struct(sf.lit(statistic).alias("statistic"), value.alias("value"), own.alias("text"))


def _tidy(found: DataFrame, section: str, told: Column) -> DataFrame:
    """Return a row a statistic, without those that there are none of."""
    rows = found.select(sf.lit(section).alias("section"), "feature", sf.inline(told))
    return rows.where("value IS NOT NULL OR text IS NOT NULL")
