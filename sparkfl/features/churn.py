"""Who has stopped buying, as a label to learn."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from sparkfl.columns import check_taken, require_numbers, resolve

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
        If ``standardized_days_since_last_purchase`` is missing, or ``churn_label`` is there.

    Examples
    --------
    >>> scaled = spark.createDataFrame(
    ...     [(0.3,), (1.2,)], "standardized_days_since_last_purchase double"
    ... )
    >>> [row.churn_label for row in churn_label(scaled).collect()]
    [0, 1]
    """
    recency = resolve(standardized, _RECENCY, "The output of standardize")
    require_numbers([recency])
    check_taken(standardized.columns, ["churn_label"])
    label = sf.when(recency.column > 1, 1).otherwise(0)
    return standardized.select("*", label.alias("churn_label"))
