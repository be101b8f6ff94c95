"""A frame of Spark's, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkfl.columns.names import INTERNAL
from sparkfl.errors import SchemaError

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql.types import StructType

__all__ = ["arrow_frame", "check_same_session", "spark_frame", "without_internal"]

_REMEDIES = {
    str: "read it first: sparkfl.tables.read_table(spark, name)",
    type(None): "name one",
}


def spark_frame(value: object, what: str) -> DataFrame:
    """Return the value if it is a Spark DataFrame, of a classic session or of Spark Connect.

    Parameters
    ----------
    value : object
        What a user gave.
    what : str
        What takes it, for the message.

    Raises
    ------
    SchemaError
        If it is anything else.

    Examples
    --------
    >>> spark_frame([("north", 1.0)], "fit")
    Traceback (most recent call last):
    sparkfl.errors.SchemaError: fit takes a Spark DataFrame, not a list: make one of it,
    spark.createDataFrame(...).
    """
    from pyspark.sql import DataFrame

    if isinstance(value, DataFrame):
        return value
    kind = type(value)
    given = f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
    given = {"str": f"the text {value!r}", "NoneType": "None"}.get(
        kind.__name__, "a " + given.removeprefix("builtins.")
    )
    remedy = _REMEDIES.get(kind, "make one of it, spark.createDataFrame(...)")
    raise SchemaError(f"{what} takes a Spark DataFrame, not {given}: {remedy}.")


def check_same_session(one: DataFrame, other: DataFrame, what: str) -> None:
    """Refuse frames that Spark Connect cannot join.

    Examples
    --------
    >>> check_same_session(spark.range(1), spark.range(2), "changed")
    """
    ids = {getattr(frame.sparkSession, "session_id", None) for frame in (one, other)}
    if len(ids) > 1:
        raise SchemaError(
            f"{what} belongs to another Spark session than the dataset: make both with one session."
        )


def arrow_frame(spark: SparkSession, table: pa.Table, schema: StructType | str) -> DataFrame:
    """Return the rows of an Arrow table.

    PySpark's own way fails where ``spark.sql.execution.arrow.maxRecordsPerBatch`` means no limit.

    Examples
    --------
    >>> import pyarrow as pa
    >>> arrow_frame(spark, pa.table({"n": [1, 2]}), "n bigint").count()
    2
    """
    limit = int(str(spark.conf.get("spark.sql.execution.arrow.maxRecordsPerBatch")))
    return spark.createDataFrame(table if limit > 0 else table.to_pylist(), schema)


def without_internal(df: DataFrame) -> DataFrame:
    """Drop the columns that are named as no query's may be.

    Examples
    --------
    >>> without_internal(spark.range(1).withColumnRenamed("id", INTERNAL + "row")).columns
    []
    """
    return df.drop(*[name for name in df.columns if name.startswith(INTERNAL)])
