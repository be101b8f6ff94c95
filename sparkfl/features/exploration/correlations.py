"""Correlations of the features with the target: of the values, and of their ranks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as sf

from sparkfl.features.exploration.columns import Explored, as_number, beside

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["MOST_ROWS", "pearson", "rank_correlations", "spearman"]

_TOLD = pa.schema([("place", pa.int32()), ("value", pa.float64())])
MOST_ROWS = 20_000
"""Rows whose ranks are compared: those with the least hashes, which are any."""


def pearson(listed: DataFrame, measured: DataFrame) -> DataFrame:
    """Return Pearson's correlation of each number with the target, over rows that have both."""
    found = listed.where("kind IN ('number', 'date') AND section <> 'target'")
    return (
        beside(found, measured)
        # Spark's own corr fails on what does not vary.
        .where("f.spread > 0 AND f.target_spread > 0")
        .select(
            sf.lit("correlation").alias("section"),
            "feature",
            sf.lit("pearson").alias("statistic"),
            (sf.col("f.covariance") / sf.col("f.spread") / sf.col("f.target_spread")).alias(
                "value"
            ),
        )
    )


def spearman(
    df: DataFrame, listed: DataFrame, columns: Sequence[Explored], target: str
) -> DataFrame:
    """Return Spearman's correlation with the target, of up to `MOST_ROWS` rows.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query.
    listed : pyspark.sql.DataFrame
        Its columns.
    columns : sequence of Explored
        The same.
    target : str
        Text of the target, a double.
    """
    own = [c for c in columns if c.kind in ("number", "date") and c.section != "target"]
    places = [c.place for c in own]
    numbers = f"array({', '.join(as_number(c.found) for c in own)})"
    rows = df.select(
        sf.expr(f"CAST({numbers} AS ARRAY<DOUBLE>)").alias("x"), sf.expr(target).alias("y")
    ).where("abs(y) < double('inf')")
    drawn = rows.orderBy(sf.xxhash64("x", "y")).limit(MOST_ROWS)

    def ranked(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        kept = [batch for batch in batches if len(batch)]
        if not kept:
            return
        table = pa.Table.from_batches(kept)
        x = np.array(table["x"].to_pylist(), float).reshape(len(table), len(places))
        found = rank_correlations(x, table["y"].to_numpy())
        told = [
            {"place": place, "value": float(value)}
            for place, value in zip(places, found, strict=True)
            if np.isfinite(value)
        ]
        yield pa.RecordBatch.from_pylist(told, _TOLD)

    found = drawn.coalesce(1).mapInArrow(ranked, "place int, value double")
    return beside(found, listed).select(
        sf.lit("correlation").alias("section"),
        "feature",
        sf.lit("spearman").alias("statistic"),
        "value",
    )


def rank_correlations(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return Spearman's correlation of each column with y, over rows in which it is finite.

    Examples
    --------
    >>> x = np.array([[1.0, 5.0], [2.0, np.nan], [9.0, 4.0], [10.0, 1.0]])
    >>> rank_correlations(x, np.arange(4.0)).tolist()
    [1.0, -1.0]
    """
    from scipy.stats import rankdata

    found = np.full(x.shape[1], np.nan)
    for place, column in enumerate(x.T):
        here = np.isfinite(column)
        ranks = np.array([rankdata(column[here]), rankdata(y[here])])
        if ranks.shape[1] > 1 and (np.ptp(ranks, axis=1) > 0).all():
            found[place] = np.corrcoef(ranks)[0, 1]
    return found
