"""The table that an answer is: a plan that holds its rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
from pyspark.sql.types import StructType

from sparkfl.columns import arrow_frame

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["table"]

_TYPES = {
    "string": pa.string(),
    "double": pa.float64(),
    "bigint": pa.int64(),
    "int": pa.int32(),
    "boolean": pa.bool_(),
}


def table(spark: SparkSession, columns: Mapping[str, Sequence[Any]], schema: str) -> DataFrame:
    """Return rows as a frame, NaN as NULL.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Its session.
    columns : mapping of str to sequence
        The values of each column.
    schema : str
        Names and types of the columns.

    Examples
    --------
    >>> table(
    ...     spark, {"feature": ["x"], "weight": [float("nan")]}, "feature string, weight double"
    ... ).show()
    +-------+------+
    |feature|weight|
    +-------+------+
    |      x|  NULL|
    +-------+------+
    """
    fields = cast("StructType", StructType.fromDDL(schema)).fields
    arrays = [
        pa.array(columns[f.name], _TYPES[f.dataType.simpleString()], from_pandas=True)
        for f in fields
    ]
    return arrow_frame(spark, pa.table(arrays, [f.name for f in fields]), schema)
