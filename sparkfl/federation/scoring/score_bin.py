"""The grid on which the distribution of anomaly scores is released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.execution.numbers import number_sql
from sparkfl.statistics.severity import BINS_PER_OCTAVE, LARGEST_SCORE, SMALLEST_SCORE

if TYPE_CHECKING:
    from pyspark.sql import Column

__all__ = ["score_bin", "score_place_sql"]


def score_bin(score: str) -> Column:
    """Find the bin of a score on a fixed grid, 512 bins to a doubling.

    The grid is logarithmic because one extreme customer can press all other scores together.

    Parameters
    ----------
    score : str
        Text of a score from 0 up.

    Returns
    -------
    pyspark.sql.Column
        Bin, bigint; NULL for NULL.

    Examples
    --------
    >>> spark.sql("VALUES 0d, 1d, 2d").select(score_bin("col1").alias("bin")).show()
    +------+
    |   bin|
    +------+
    |-20480|
    |     0|
    |   512|
    +------+
    """
    return F.floor(F.expr(score_place_sql(score)))


def score_place_sql(score: str) -> str:
    """Write the place of a score on that grid, between two bins; NULL for NULL."""
    smallest, largest = number_sql(SMALLEST_SCORE), number_sql(LARGEST_SCORE)
    place = f"log2(least(greatest({score}, {smallest}), {largest})) * {BINS_PER_OCTAVE}"
    return f"CASE WHEN {score} IS NOT NULL THEN {place} END"
