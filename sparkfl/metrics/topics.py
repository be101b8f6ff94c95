"""How well topics tell the tokens of their rows, as a plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.columns import array_of_doubles, matrix_of, resolve
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["log_perplexity"]


def log_perplexity(df: DataFrame, countsCol: str, sharesCol: str, topics: Matrix) -> DataFrame:
    """Judge topics by how probable they make the tokens of each row.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows of tokens.
    countsCol : str
        Vector or array column: how often each term is in the row.
    sharesCol : str
        Vector or array column: the share of each topic in the row.
    topics : numpy.ndarray, shape (terms, topics)
        The weight of each term in each topic.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan of one row, `log_perplexity` double: the mean over all tokens of the negative
        logarithm of a token's probability; NULL without tokens.

    Examples
    --------
    >>> df = spark.sql("VALUES (array(3d, 1d), array(1d))")
    >>> log_perplexity(df, "col1", "col2", np.array([[1.0], [1.0]])).first()[0]
    0.6931471805599453
    """
    shares = topics / topics.sum(axis=0)
    names = ["likelihood", "tokens"]

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if batch.num_rows:
                counts, own = (matrix_of(batch.column(i)) for i in range(2))
                likely = np.log(np.maximum(own @ shares.T, np.finfo(np.float64).tiny))
                sums = [float((counts * likely).sum()), float(counts.sum())]
                yield pa.RecordBatch.from_arrays([pa.array([x]) for x in sums], names)

    rows = df.select(
        *[array_of_doubles(resolve(df, name)).alias(name) for name in (countsCol, sharesCol)]
    )
    sums = rows.mapInArrow(judge, "likelihood double, tokens double")
    told = F.try_divide(-F.sum("likelihood"), F.sum("tokens"))
    return sums.agg(told.alias("log_perplexity"))
