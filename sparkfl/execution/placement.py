"""Rows in the partitions that a plan has chosen for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from sparkfl.statistics.summary import Counts

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["partition_keys", "placed"]

_SEED = 42
_WORD = 0xFFFFFFFF


def placed(df: DataFrame, count: int, targets: Counts, place: Column) -> DataFrame:
    """Shuffle the rows of a frame to partitions of their own choice.

    `repartition` takes a key and hashes it, in all Sparks in the same way [1]_, so a key is taken
    that is hashed to where the row should go. Adaptive execution coalesces nothing, because the
    number of partitions is given. Whatever the hash, rows of one target stay together.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The rows.
    count : int
        Number of partitions.
    targets : numpy.ndarray of int64, shape (places,)
        Partition of each place.
    place : pyspark.sql.Column
        Of each row, its place.

    References
    ----------
    .. [1] Spark's HashPartitioning: Murmur3 of the key, modulo the number of partitions. Its own
       `repartitionById` came with 4.1.
    """
    keys = partition_keys(count)[targets]
    # A literal of text is one call of the JVM, a list would be one an element.
    literal = F.split(F.lit(",".join(map(str, keys.tolist()))), ",").cast("array<int>")
    return df.repartition(count, F.get(literal, place))


def partition_keys(count: int) -> Counts:
    """Return, for each of `count` partitions, the least number that Spark puts into it.

    Examples
    --------
    >>> partition_keys(4).tolist()
    [12, 6, 2, 0]
    >>> keys = spark.createDataFrame([(key,) for key in partition_keys(4).tolist()], "key int")
    >>> found = keys.repartition(4, "key").select("key", F.spark_partition_id()).collect()
    >>> sorted(found, key=lambda row: row[1]) == list(zip([12, 6, 2, 0], range(4)))
    True
    """
    keys = np.full(count, -1, dtype=np.int64)
    start, step = 0, 4 * count
    while (keys < 0).any():
        numbers = np.arange(start, start + step, dtype=np.int64)
        partition, first = np.unique(_hash(numbers) % count, return_index=True)
        new = keys[partition] < 0
        keys[partition[new]] = numbers[first[new]]
        start += step
    return keys


def _hash(numbers: Counts) -> Counts:
    """Return MurmurHash3_x86_32 of 32-bit integers, as signed ones."""
    k = _rotated(_times(numbers.astype(np.uint64), 0xCC9E2D51), 15)
    h = _rotated(np.uint64(_SEED) ^ _times(k, 0x1B873593), 13)
    h = (_times(h, 5) + np.uint64(0xE6546B64)) & np.uint64(_WORD)
    h ^= np.uint64(4)
    h = _times(h ^ (h >> np.uint64(16)), 0x85EBCA6B)
    h = _times(h ^ (h >> np.uint64(13)), 0xC2B2AE35)
    signed: Counts = (h ^ (h >> np.uint64(16))).astype(np.uint32).view(np.int32).astype(np.int64)
    return signed


def _times(numbers: np.ndarray, factor: int) -> np.ndarray:
    return (numbers * np.uint64(factor)) & np.uint64(_WORD)


def _rotated(numbers: np.ndarray, bits: int) -> np.ndarray:
    left = numbers << np.uint64(bits)
    return (left | (numbers >> np.uint64(32 - bits))) & np.uint64(_WORD)
