"""How far forecasts are from what came, as a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.columns import finite, listed, resolve
from sparkfl.metrics.groups import group_columns, group_keys, led_by

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["forecasting"]


def forecasting(
    df: DataFrame,
    labelCol: str = "label",
    predictionCol: str = "prediction",
    naiveCol: str = "",
    by: str | Sequence[str] = (),
) -> DataFrame:
    """Judge forecasts, by the definitions of Hyndman and Koehler (2006).

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows with a value and a forecast; those where either is NULL, NaN or infinite do not count.
    labelCol, predictionCol : str
        Columns of numbers.
    naiveCol : str, default ""
        The column of the mean absolute error of the series' naive forecast; without it ``mase`` is
        NULL.
    by : str or sequence of str, default ()
        Columns whose values are judged apart.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan of one row, or of one for each group, led by its columns: ``mae`` and ``rmse`` in
        units of the value; ``mape`` and ``smape`` as shares; ``mase``. All are NULL without rows;
        ``mape`` where a value is 0, ``smape`` where a value and its forecast are.

    Raises
    ------
    SchemaError
        If a column is missing.

    References
    ----------
    Hyndman, Koehler, *Another look at measures of forecast accuracy*, International Journal of
    Forecasting 22 (2006).

    Examples
    --------
    >>> df = spark.sql("VALUES (10d, 12d, 4d), (20d, 20d, 4d)")
    >>> forecasting(df, "col1", "col2", "col3").first().asDict()["mase"]
    0.25
    """
    by = listed("by", by, str)
    label, prediction = (
        finite(resolve(df, name).column.cast("double")) for name in (labelCol, predictionCol)
    )
    naive = resolve(df, naiveCol).column if naiveCol else F.lit(None).cast("double")
    size = F.abs(prediction - label)
    rows = df.select(
        *group_columns(df, by),
        size.alias("size"),
        label.alias("label"),
        (size / F.nullif(F.abs(label), F.lit(0.0))).alias("share"),
        (2 * size / F.nullif(F.abs(label) + F.abs(prediction), F.lit(0.0))).alias("symmetric"),
        (size / F.nullif(naive, F.lit(0.0))).alias("scaled"),
    ).where(F.col("size").isNotNull())
    judged = rows.groupBy(*group_keys(by)).agg(
        F.avg("size").alias("mae"),
        F.sqrt(F.avg(F.col("size") * F.col("size"))).alias("rmse"),
        *[
            # A mean over the other rows only would look better than the forecasts are.
            F.when(F.count(name) == F.count("size"), F.avg(name)).alias(metric)
            for name, metric in (("share", "mape"), ("symmetric", "smape"), ("scaled", "mase"))
        ],
    )
    return led_by(judged, by)
