"""Each row's own store, found in one value that holds the arrays of all stores.

There is no join: Spark's optimizer takes the product of the columns of a query to plan what stands
above a join, once a condition below it reads many of them (`DataFrame.dropna` does), and a filter
of predictions does not pass below one.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL, arrow_frame

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["with_store_arrays"]

_TABLE, _KEY, _BUCKET, _PLACE = (
    f"{INTERNAL}{name}" for name in ("table", "key", "bucket", "place")
)


def with_store_arrays(
    df: DataFrame, store: Column, type_: str, stores: pa.Array, arrays: Mapping[str, pa.Array]
) -> DataFrame:
    """Add to each row the arrays of its store; NULL for a store that is not among them.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows to add to.
    store : pyspark.sql.Column
        Store of a row.
    type_ : str
        Spark SQL's name of its type: a string, an integer or a date.
    stores : pyarrow.Array
        The stores, each once.
    arrays : mapping of str to pyarrow.Array
        Names of the columns to add, and for each store its array of doubles.

    Examples
    --------
    >>> import pyarrow as pa
    >>> arrays = {"mean": pa.array([[1.0], [2.0]])}
    >>> df = spark.createDataFrame([("b",), ("c",)], "shop string")
    >>> found = with_store_arrays(df, df.shop, "string", pa.array(["a", "b"]), arrays)
    >>> [row.mean for row in found.select("mean").collect()]
    [[2.0], None]
    """
    buckets = max(1, len(stores))
    table = _table(stores, arrays, buckets)
    key_type = "string" if type_ == "string" else "bigint"
    fields = [f"{_KEY} array<array<{key_type}>>"]
    fields += [f"{name} array<array<array<double>>>" for name in arrays]
    packed = arrow_frame(df.sparkSession, table, ", ".join(fields)).select(F.struct("*"))
    if type_ == "string":
        key, hashed = store, F.crc32(store.cast("binary"))
    else:
        key = (F.unix_date(store) if type_ == "date" else store).cast("bigint")
        hashed = key
    keyed = df.select(
        "*",
        packed.scalar().alias(_TABLE),
        key.alias(_KEY),
        F.pmod(hashed, F.lit(buckets)).cast("int").alias(_BUCKET),
    )
    place = F.array_position(F.get(F.col(_TABLE)[_KEY], F.col(_BUCKET)), F.col(_KEY)) - 1
    placed = keyed.select("*", place.cast("int").alias(_PLACE))
    own = (
        F.get(F.get(F.col(_TABLE)[name], F.col(_BUCKET)), F.col(_PLACE)).alias(name)
        for name in arrays
    )
    return placed.select("*", *own).drop(_TABLE, _KEY, _BUCKET, _PLACE)


def _table(stores: pa.Array, arrays: Mapping[str, pa.Array], buckets: int) -> pa.Table:
    """Lay the stores out by bucket, in one row."""
    if pa.types.is_string(stores.type):
        keys, hashed = stores, [zlib.crc32(name.encode()) for name in stores.to_pylist()]
    else:
        days = stores.cast(pa.int32()) if pa.types.is_date(stores.type) else stores
        keys = days.cast(pa.int64())
        hashed = keys.to_pylist()
    bucket = np.array(hashed, dtype=np.int64) % buckets
    order = pa.array(np.argsort(bucket, kind="stable"))
    sizes = np.bincount(bucket, minlength=buckets)
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32))

    def packed(values: pa.Array) -> pa.Array:
        lists = pa.ListArray.from_arrays(offsets, pc.take(values, order))
        return pa.ListArray.from_arrays(pa.array([0, buckets], pa.int32()), lists)

    columns = {_KEY: keys, **arrays}
    return pa.table({name: packed(column) for name, column in columns.items()})
