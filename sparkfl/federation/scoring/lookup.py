"""Each row's own store, found in one value that holds the arrays of all stores.

With the extension by a hash table that a task makes of it, otherwise by buckets in the value.

There is no join: Spark's optimizer takes the product of the columns of a query to plan what stands
above a join, once a condition below it reads many of them (`DataFrame.dropna` does), and a filter
of predictions does not pass below one.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL, arrow_frame

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["KEY", "bucketed", "found_sql", "key_sql", "table_type", "with_store_arrays"]

KEY = f"{INTERNAL}key"
"""Name of the store of a row, as it is looked for."""
_TABLE, _BUCKET, _PLACE, _OWN = (f"{INTERNAL}{n}" for n in ("table", "bucket", "place", "own"))


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
    key = (F.unix_date(store) if type_ == "date" else store).cast(_key_type(type_))
    find = _hashed if extension else _bucketed
    return find(df, key, type_, stores, arrays)


def bucketed(stores: pa.Array, arrays: Mapping[str, pa.Array]) -> pa.Table:
    """Lay the stores out by bucket, in one row of the type `table_type`."""
    keys, buckets = _keys(stores), max(1, len(stores))
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

    columns = {KEY: keys, **arrays}
    return pa.table({name: packed(column) for name, column in columns.items()})


def table_type(type_: str, arrays: Iterable[str]) -> str:
    """Write the columns of what `bucketed` gives, with their types."""
    fields = [f"{KEY} array<array<{_key_type(type_)}>>"]
    return ", ".join([*fields, *(f"{name} array<array<array<double>>>" for name in arrays)])


def key_sql(store: str, type_: str) -> str:
    """Write the `KEY` of a store."""
    return f"CAST({f'unix_date({store})' if type_ == 'date' else store} AS {_key_type(type_)})"


def found_sql(table: str, type_: str, stores: int, arrays: Iterable[str]) -> dict[str, str]:
    """Write the arrays of the store `KEY`, found in what `bucketed` gives, and where they are.

    A text may refer to the names before it.
    """
    hashed = f"crc32(CAST({KEY} AS BINARY))" if type_ == "string" else KEY
    place = f"array_position(get({table}.{KEY}, {_BUCKET}), {KEY}) - 1"
    return {
        _BUCKET: f"CAST(pmod({hashed}, {max(1, stores)}) AS INT)",
        _PLACE: f"CAST({place} AS INT)",
        **{name: f"get(get({table}.{name}, {_BUCKET}), {_PLACE})" for name in arrays},
    }


def _hashed(
    df: DataFrame, key: Column, type_: str, stores: pa.Array, arrays: Mapping[str, pa.Array]
) -> DataFrame:
    """Find the stores by the extension's function."""
    columns = {KEY: _keys(stores), **arrays}
    rows = pa.StructArray.from_arrays(list(columns.values()), list(columns))
    offsets = pa.array([0, len(stores)], pa.int32())
    table = pa.table({_TABLE: pa.ListArray.from_arrays(offsets, rows)})
    fields = [f"{KEY}: {_key_type(type_)}", *(f"{name}: array<double>" for name in arrays)]
    schema = f"{_TABLE} array<struct<{', '.join(fields)}>>"
    packed = arrow_frame(df.sparkSession, table, schema).scalar()
    found = df.select("*", F.call_function("sparkfl_store", packed, key).alias(_OWN))
    return found.select("*", *(F.col(_OWN)[name].alias(name) for name in arrays)).drop(_OWN)


def _bucketed(
    df: DataFrame, key: Column, type_: str, stores: pa.Array, arrays: Mapping[str, pa.Array]
) -> DataFrame:
    """Find the stores by what every Spark knows."""
    table = arrow_frame(df.sparkSession, bucketed(stores, arrays), table_type(type_, arrays))
    packed = table.select(F.struct("*")).scalar()
    keyed = df.select("*", packed.alias(_TABLE), key.alias(KEY))
    texts = found_sql(_TABLE, type_, len(stores), arrays)
    found = keyed.select("*", *(F.expr(text).alias(name) for name, text in texts.items()))
    return found.drop(_TABLE, KEY, _BUCKET, _PLACE)


def _key_type(type_: str) -> str:
    return "string" if type_ == "string" else "bigint"


def _keys(stores: pa.Array) -> pa.Array:
    """Return the stores as strings or 64-bit integers."""
    if pa.types.is_string(stores.type):
        return stores
    days = stores.cast(pa.int32()) if pa.types.is_date(stores.type) else stores
    return days.cast(pa.int64())
