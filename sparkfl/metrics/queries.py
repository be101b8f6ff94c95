"""How well scores rank the rows of each query, as a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as F

from sparkfl.columns import finite, listed, resolve
from sparkfl.metrics.groups import group_columns, group_keys, led_by

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, WindowSpec

__all__ = ["queries"]


def queries(
    df: DataFrame,
    queryCol: str,
    labelCol: str = "label",
    predictionCol: str = "prediction",
    by: str | Sequence[str] = (),
) -> DataFrame:
    """Judge rankings, by the means over queries.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows; those whose query, relevance or score is NULL, NaN or infinite do not count.
    queryCol : str
        Rows of one value are ranked against each other.
    labelCol : str
        The relevance, a number from 0: the greater, the more; above 0 a row is relevant.
    predictionCol : str
        The score.
    by : str or sequence of str, default ()
        Columns whose values are judged apart.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan of one row, or of one for each group, led by its columns: ``ndcg``, the normalised
        discounted cumulative gain, whose gain is the relevance itself (Järvelin, Kekäläinen 2002),
        and ``map``, the mean of the average precisions. Rows of one score share their places, as
        in scikit-learn; queries without a relevant row do not count.

    Raises
    ------
    SchemaError
        If a column is missing.

    References
    ----------
    Järvelin, Kekäläinen, *Cumulated gain-based evaluation of IR techniques*, ACM Transactions on
    Information Systems 20 (2002).

    Examples
    --------
    >>> df = spark.sql("VALUES ('a', 1d, 0.9d), ('a', 0d, 0.5d), ('b', 0d, 2d), ('b', 1d, 1d)")
    >>> row = queries(df, "col1", "col2", "col3").first()
    >>> round(row.ndcg, 3), row.map
    (0.815, 0.75)
    """
    by = listed("by", by, str)
    label, score = (
        finite(resolve(df, name).column.cast("double")) for name in (labelCol, predictionCol)
    )
    query = resolve(df, queryCol).column
    columns = (query.alias("query"), label.alias("label"), score.alias("score"))
    rows = df.select(*group_columns(df, by), *columns).dropna(subset=["query", "label", "score"])
    keys = group_keys(by)
    own = Window.partitionBy(*keys, "query")
    # The frame of a range holds the rows of one score.
    best, ranked = own.orderBy(F.desc("score")), own.orderBy(F.desc("score"), F.desc("label"))
    hit = (F.col("label") > 0).cast("double")
    placed = rows.select(
        *keys,
        "query",
        F.col("label").alias("gain"),
        (F.avg("label").over(Window.partitionBy(*keys, "query", "score")) / _log(ranked)).alias(
            "discounted"
        ),
        (F.col("label") / _log(own.orderBy(F.desc("label")))).alias("ideal"),
        hit.alias("hit"),
        (hit * F.sum(hit).over(best) / F.count("score").over(best)).alias("precision"),
    )
    each = placed.groupBy(*keys, "query").agg(
        (F.sum("discounted") / F.nullif(F.sum("ideal"), F.lit(0.0))).alias("ndcg"),
        (F.sum("precision") / F.nullif(F.sum("hit"), F.lit(0.0))).alias("map"),
    )
    judged = each.groupBy(*keys).agg(F.avg("ndcg").alias("ndcg"), F.avg("map").alias("map"))
    return led_by(judged, by)


def _log(window: WindowSpec) -> Column:
    """Return what a gain is divided by at its place."""
    return F.log2(F.row_number().over(window) + F.lit(1.0))
