"""The figures of columns as rows of the result."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as sf

from sparkfl.features.exploration.columns import beside
from sparkfl.features.exploration.figures import QUANTILES

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["MOST_CV_RATIO", "told"]

MOST_CV_RATIO = 3.0
"""Train and test whose coefficients of variation differ by more are not alike."""

_NUMBERS = ("mean", "std", "cv", "min", "max", "skewness", "kurtosis", "zeros", "infinite")
_DATES = ("min", "max")


def told(listed: DataFrame, measured: DataFrame, split: bool) -> DataFrame:
    """Return a row a statistic of the sections `columns`, `summary`, `spread` and `correlation`.

    Parameters
    ----------
    listed : pyspark.sql.DataFrame
        All columns: of those without a row there are their types.
    measured : pyspark.sql.DataFrame
        Their figures.
    split : bool
        Whether train and test are compared.
    """
    statistics = [*_columns(), *_summary(), *(_spread() if split else ()), _pearson()]
    rows = beside(listed, measured, "left")
    shown = rows.select("feature", sf.inline(sf.array(*statistics)))
    return shown.where("value IS NOT NULL OR text IS NOT NULL")


def _columns() -> list[Column]:
    """Return the type of a column, and what is missing."""
    rows, missing, distinct = (
        sf.coalesce(sf.col(name), sf.lit(0.0)) for name in ("rows", "missing", "distinct")
    )
    is_other = sf.col("kind") == "other"
    other = "only what is missing is told: select its elements, or cast it, to explore them"
    none = sf.lit(None).cast("double")
    return [
        _told("columns", "rows", rows),
        _told("columns", "missing", missing),
        _told("columns", "missing_share", sf.when(rows > 0, missing / rows)),
        _told("columns", "distinct", sf.when(~is_other, distinct)),
        _told("columns", "type", none, sf.col("type")),
        _told("columns", "not_explored", none, sf.when(is_other, sf.lit(other))),
    ]


def _summary() -> list[Column]:
    """Return the figures of numbers and dates."""
    is_date = sf.col("kind") == "date"
    numeric = sf.col("kind").isin("number", "date")
    cv = sf.when(sf.col("mean") != 0, sf.col("std") / sf.abs("mean"))

    def text(value: Column) -> Column:
        return sf.when(is_date, sf.timestamp_seconds(value).cast("string"))

    statistics = []
    for name in _NUMBERS:
        value = cv if name == "cv" else sf.col(name)
        dated = name in _DATES
        shown = sf.when(numeric if dated else numeric & ~is_date, value)
        statistics.append(_told("summary", name, shown, text(value) if dated else None))
    for place, q in enumerate(QUANTILES):
        value = sf.get("quantiles", sf.lit(place))
        statistics.append(_told("summary", f"p{100 * q:g}", value, text(value)))
    return statistics


def _spread() -> list[Column]:
    """Return the coefficients of variation of train and test, in percent, and their ratio."""
    train, test = (
        sf.when(
            (sf.col("kind") == "number") & (sf.col(f"{part}_mean") != 0),
            100 * sf.col(f"{part}_std") / sf.abs(f"{part}_mean"),
        )
        for part in ("train", "test")
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
    return [
        _told("spread", "cv_train", train),
        _told("spread", "cv_test", test),
        _told("spread", "cv_ratio", ratio, warning),
    ]


def _pearson() -> Column:
    """Return Pearson's correlation with the target, over rows that have both."""
    value = sf.when(sf.col("section") != "target", sf.col("pearson"))
    return _told("correlation", "pearson", value)


def _told(section: str, statistic: str, value: Column, text: Column | None = None) -> Column:
    """Return one statistic."""
    own = sf.lit(None).cast("string") if text is None else text
    return sf.struct(
        sf.lit(section).alias("section"),
        sf.lit(statistic).alias("statistic"),
        value.alias("value"),
        own.alias("text"),
    )
