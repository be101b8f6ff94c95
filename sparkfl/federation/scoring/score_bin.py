"""The grid on which the distribution of anomaly scores is released."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.statistics.severity import BINS_PER_OCTAVE, LARGEST_SCORE, SMALLEST_SCORE

if TYPE_CHECKING:
    from pyspark.sql import Column

__all__ = ["score_bin", "score_place"]


def score_bin(score: Column) -> Column:
    """Find the bin of a score on a fixed grid, 512 bins to a doubling.

    The grid is logarithmic because one extreme customer can press all other scores together.

    Parameters
    ----------
    score : pyspark.sql.Column
        Score from 0 up.

    Returns
    -------
    pyspark.sql.Column
        Bin, bigint; NULL for NULL.

    Examples
    --------
    >>> spark.sql("VALUES 0d, 1d, 2d").select(score_bin(F.col("col1")).alias("bin")).show()
    +------+
    |   bin|
    +------+
    |-20480|
    |     0|
    |   512|
    +------+
    """
    return F.floor(score_place(score))


def score_place(score: Column) -> Column:
    """Find the place of a score on that grid, between two bins; NULL for NULL."""
    bounded = F.least(F.greatest(score, F.lit(SMALLEST_SCORE)), F.lit(LARGEST_SCORE))
    return F.when(score.isNotNull(), F.log2(bounded) * BINS_PER_OCTAVE)
