"""Each row's own store, found in one value that holds the arrays of all stores.

With the extension by a hash table that a task makes of it, otherwise by buckets in the value.

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

_TABLE, _KEY, _BUCKET, _PLACE, _OWN = (
    f"{INTERNAL}{name}" for name in ("table", "key", "bucket", "place", "own")
)


def with_store_arrays(
    df: DataFrame,
    store: Column,
    type_: str,
    stores: pa.Array,
    arrays: Mapping[str, pa.Array],
    extension: bool = False,
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
    extension : bool, default False
        Whether the session has sparkfl's extension.

    Examples
    --------
    >>> import pyarrow as pa
    >>> arrays = {"mean": pa.array([[1.0], [2.0]])}
    >>> df = spark.createDataFrame([("b",), ("c",)], "shop string")
    >>> found = with_store_arrays(df, df.shop, "string", pa.array(["a", "b"]), arrays)
    >>> [row.mean for row in found.select("mean").collect()]
    [[2.0], None]
    """
    key_type = "string" if type_ == "string" else "bigint"
    key = (F.unix_date(store) if type_ == "date" else store).cast(key_type)
    keys = _keys(stores)
    find = _hashed if extension else _bucketed
    return find(df, key, key_type, keys, arrays)


def _hashed(
    df: DataFrame, key: Column, key_type: str, keys: pa.Array, arrays: Mapping[str, pa.Array]
) -> DataFrame:
    """Find the stores by the extension's function."""
    columns = {_KEY: keys, **arrays}
    rows = pa.StructArray.from_arrays(list(columns.values()), list(columns))
    table = pa.table({_TABLE: pa.ListArray.from_arrays(pa.array([0, len(keys)], pa.int32()), rows)})
    fields = [f"{_KEY}: {key_type}", *(f"{name}: array<double>" for name in arrays)]
    schema = f"{_TABLE} array<struct<{', '.join(fields)}>>"
    stores = arrow_frame(df.sparkSession, table, schema).scalar()
    found = df.select("*", F.call_function("sparkfl_store", stores, key).alias(_OWN))
    return found.select("*", *(F.col(_OWN)[name].alias(name) for name in arrays)).drop(_OWN)


def _bucketed(
    df: DataFrame, key: Column, key_type: str, keys: pa.Array, arrays: Mapping[str, pa.Array]
) -> DataFrame:
    """Find the stores by what every Spark knows."""
    buckets = max(1, len(keys))
    table = _table(keys, arrays, buckets)
    fields = [f"{_KEY} array<array<{key_type}>>"]
    fields += [f"{name} array<array<array<double>>>" for name in arrays]
    packed = arrow_frame(df.sparkSession, table, ", ".join(fields)).select(F.struct("*"))
    hashed = F.crc32(key.cast("binary")) if key_type == "string" else key
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


def _keys(stores: pa.Array) -> pa.Array:
    """Return the stores as strings or 64-bit integers."""
    if pa.types.is_string(stores.type):
        return stores
    days = stores.cast(pa.int32()) if pa.types.is_date(stores.type) else stores
    return days.cast(pa.int64())


def _table(keys: pa.Array, arrays: Mapping[str, pa.Array], buckets: int) -> pa.Table:
    """Lay the stores out by bucket, in one row."""
    hashed = keys.to_pylist()
    if pa.types.is_string(keys.type):
        hashed = [zlib.crc32(name.encode()) for name in hashed]
    bucket = np.array(hashed, dtype=np.int64) % buckets
    order = pa.array(np.argsort(bucket, kind="stable"))
    sizes = np.bincount(bucket, minlength=buckets)
    offsets = pa.array(np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32))

    def packed(values: pa.Array) -> pa.Array:
        lists = pa.ListArray.from_arrays(offsets, pc.take(values, order))
        return pa.ListArray.from_arrays(pa.array([0, buckets], pa.int32()), lists)

    columns = {_KEY: keys, **arrays}
    return pa.table({name: packed(column) for name, column in columns.items()})
