"""How far predictions are from a label, as a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.columns import finite, listed, resolve
from sparkfl.metrics.groups import group_columns, group_keys, led_by

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["regression"]


def regression(
    df: DataFrame,
    labelCol: str = "label",
    predictionCol: str = "prediction",
    by: str | Sequence[str] = (),
) -> DataFrame:
    """Judge predictions of numbers, as scikit-learn does.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows with a label and a prediction; those where either is NULL, NaN or infinite do not
        count.
    labelCol, predictionCol : str
        Columns of numbers.
    by : str or sequence of str, default ()
        Columns whose values are judged apart.

    Returns
    -------
    pyspark.sql.DataFrame
        A plan of one row, or of one for each group, led by its columns: ``rmse``, ``mse`` and
        ``mae``, in units of the label, of its square and
        of the label; ``r2`` and ``explained_variance``, at most 1, NULL where the label is the same
        in every row. All are NULL without rows.

    Raises
    ------
    SchemaError
        If a column is missing.

    Examples
    --------
    >>> df = spark.sql("VALUES (1d, 1d), (2d, 2d), (3d, 4d)")
    >>> regression(df, "col1", "col2").first().asDict()["mse"]
    0.3333333333333333
    """
    by = listed("by", by, str)
    label, prediction = (
        finite(resolve(df, name).column.cast("double")) for name in (labelCol, predictionCol)
    )
    rows = df.select(
        *group_columns(df, by), label.alias("label"), (prediction - label).alias("error")
    )
    rows = rows.dropna(subset=["label", "error"])
    error, variance = F.col("error"), F.nullif(F.var_pop("label"), F.lit(0.0))
    mse = F.avg(error * error)
    judged = rows.groupBy(*group_keys(by)).agg(
        F.sqrt(mse).alias("rmse"),
        mse.alias("mse"),
        F.avg(F.abs(error)).alias("mae"),
        (1 - mse / variance).alias("r2"),
        (1 - F.var_pop(error) / variance).alias("explained_variance"),
    )
    return led_by(judged, by)
