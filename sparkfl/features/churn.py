"""Who has stopped buying, as a label to learn."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from sparkfl.errors import SchemaError

__all__ = ["churn_label"]

_RECENCY = "standardized_days_since_last_purchase"


def churn_label(standardized: DataFrame) -> DataFrame:
    """Label as churned who last bought over one standard deviation longer ago than the mean.

    ``CASE WHEN standardized_days_since_last_purchase > 1 THEN 1 ELSE 0 END``

    Parameters
    ----------
    standardized : pyspark.sql.DataFrame
        Output of :func:`sparkfl.features.standardize`.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns of `standardized` and ``churn_label`` (0 or 1).

    Raises
    ------
    SchemaError
        If ``standardized_days_since_last_purchase`` is missing.

    Examples
    --------
    >>> scaled = spark.createDataFrame(
    ...     [(0.3,), (1.2,)], "standardized_days_since_last_purchase double"
    ... )
    >>> [row.churn_label for row in churn_label(scaled).collect()]
    [0, 1]
    """
    if _RECENCY not in standardized.columns:
        raise SchemaError(
            f"The frame lacks {_RECENCY}; call standardize on days_since_last_purchase first. "
            f"It has {standardized.columns}."
        )
    return standardized.withColumn("churn_label", sf.when(sf.col(_RECENCY) > 1, 1).otherwise(0))
