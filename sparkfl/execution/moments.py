"""The mean and deviation that all stores share, as a plan whose figures pass the gate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.privacy.moments import release_moments
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import Scaling

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["shared_scaling"]


def shared_scaling(
    df: DataFrame, store: Column, values: Column, features: int, min_cluster_size: int
) -> DataFrame:
    """Plan the moments of the stores, the gate they pass, and the scaling they amount to.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows of all stores.
    store : pyspark.sql.Column
        Store of each row; rows without one count for nothing.
    values : pyspark.sql.Column
        Features as one array of doubles, NULL if not finite.
    features : int
        Length of the array.
    min_cluster_size : int
        Smallest number of rows that a store may tell anything of.

    Returns
    -------
    pyspark.sql.DataFrame
        One row, none if there is no store: `mean` and `std`, arrays of doubles. The deviation of
        a constant feature is 0, that of a feature of which no store may tell is NaN.

    Examples
    --------
    >>> rows = spark.range(20).select("id", F.array(F.col("id").cast("double")).alias("x"))
    >>> shared_scaling(rows, rows.id % 2, rows.x, 1, min_cluster_size=10).first().mean
    [9.5]
    """
    x = [F.get("values", F.lit(i)) for i in range(features)]
    stores = (
        df.select(store.alias("store"), values.alias("values"))
        .where(F.col("store").isNotNull())
        .groupBy("store")
        .agg(
            F.array(*map(F.count, x)).alias("n"),
            F.array(*map(F.avg, x)).alias("mean"),
            F.array(*map(F.var_pop, x)).alias("variance"),
            F.array(*(F.coalesce(F.min(v) == F.max(v), F.lit(True)) for v in x)).alias("equal"),
        )
        .drop("store")
    )

    def gate(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            n, mean, variance, equal = (_matrix(column, features) for column in batch.columns)
            moments = Moments(n, mean, variance * n)
            told = release_moments(moments, equal, Rules(min_cluster_size))
            yield _encode(n=told.n, mean=told.mean, ss=told.ss)

    def pool(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        columns = [[_matrix(c, features) for c in batch.columns] for batch in batches]
        if columns:
            stores = Moments(*(np.concatenate(parts) for parts in zip(*columns, strict=True)))
            scaling = Scaling.of_moments(stores.total())
            std = np.where(np.isfinite(scaling.std), scaling.std, np.nan)
            yield _encode(mean=scaling.mean[None], std=std[None])

    told = stores.mapInArrow(gate, "n array<bigint>, mean array<double>, ss array<double>")
    return told.repartition(1).mapInArrow(pool, "mean array<double>, std array<double>")


def _matrix(column: pa.Array, features: int) -> npt.NDArray[Any]:
    """Read a column of arrays, shape (rows, features); NaN for a NULL."""
    values: npt.NDArray[Any] = column.flatten().to_numpy(zero_copy_only=False)
    return values.reshape(-1, features)


def _encode(**columns: npt.NDArray[Any]) -> pa.RecordBatch:
    """Write the rows of matrices as arrays."""
    return pa.RecordBatch.from_pydict({name: pa.array(list(m)) for name, m in columns.items()})
