"""Correlations of the ranks of the features with those of the target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as sf

from sparkfl.features.exploration.columns import Explored, beside, matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["MOST_ROWS", "rank_correlations", "spearman"]

_TOLD = pa.schema([("place", pa.int32()), ("value", pa.float64())])
MOST_ROWS = 20_000
"""Rows whose ranks are compared: those with the least hashes, which are any."""


def spearman(rows: DataFrame, listed: DataFrame, columns: Sequence[Explored]) -> DataFrame:
    """Return Spearman's correlation with the target, of up to `MOST_ROWS` rows.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        What `laid_out` gave.
    listed : pyspark.sql.DataFrame
        The columns.
    columns : sequence of Explored
        The same.
    """
    numbers = [c for c in columns if c.kind in ("number", "date")]
    drawn = rows.where("y IS NOT NULL").orderBy(sf.xxhash64("x", "y")).limit(MOST_ROWS)

    def ranked(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        kept = [batch for batch in batches if len(batch)]
        if not kept:
            return
        x = np.concatenate([matrix(batch["x"], len(numbers)) for batch in kept], axis=1)
        y = np.concatenate([batch["y"].to_numpy() for batch in kept])
        own = [place for place, c in enumerate(numbers) if c.section != "target"]
        found = rank_correlations(x[own].T, y)
        told = [
            {"place": numbers[place].place, "value": float(value)}
            for place, value in zip(own, found, strict=True)
            if np.isfinite(value)
        ]
        yield pa.RecordBatch.from_pylist(told, _TOLD)

    found = drawn.select("x", "y").coalesce(1).mapInArrow(ranked, "place int, value double")
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
