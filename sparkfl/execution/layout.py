"""Which partition a store goes to: many small ones together, a large one by itself."""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from sparkfl.execution.driver import driver
from sparkfl.execution.placement import placed
from sparkfl.execution.survey import BUCKETS, Survey, bucket, store_hash
from sparkfl.statistics.summary import Counts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["Layout", "parallelism"]

_VALUES = 2**21
"""Feature values a partition, about: a task of some seconds."""
_RANGE = 2**14
"""Numbers to find out how many partitions Spark makes by itself."""


@dataclass(frozen=True)
class Layout:
    """Partition of each bucket of stores.

    The longest store is placed first, each on the least loaded partition [1]_.

    Parameters
    ----------
    partition : numpy.ndarray of int64, shape (buckets,)
        Partition of each bucket.
    count : int
        Number of partitions.

    References
    ----------
    .. [1] Graham, "Bounds on multiprocessing timing anomalies", 1969.
    """

    partition: Counts
    count: int

    @classmethod
    def of_survey(cls, survey: Survey, features: int, parallelism: int) -> Layout:
        """Lay stores out over a multiple of the cores, more the more there is to do.

        Examples
        --------
        >>> import pyarrow as pa
        >>> rows = pa.table({"rows": [900, 50, 50], "hash": [7, 8, 9]})
        >>> layout = Layout.of_survey(Survey(rows), features=4, parallelism=2)
        >>> layout.partition[7:10].tolist()
        [0, 1, 1]
        """
        rounds = -(-survey.rows * features // (_VALUES * parallelism))
        count = max(1, min(len(survey), parallelism * max(rounds, 1)))
        buckets = survey.table["hash"].to_numpy() % BUCKETS
        load = np.bincount(buckets, survey.table["rows"].to_numpy(), BUCKETS)
        partition = np.zeros(BUCKETS, dtype=np.int64)
        least = [(0.0, number) for number in range(count)]
        for number in np.argsort(-load, kind="stable").tolist():
            rows, target = heapq.heappop(least)
            partition[number] = target
            heapq.heappush(least, (rows + load[number], target))
        return cls(partition, count)

    def apply(self, df: DataFrame, store: str) -> DataFrame:
        """Shuffle the rows of a frame to their partitions, those of a store one after another.

        They are sorted by the hash that a bucket is made of: Spark sorts longs by their digits,
        texts by comparing them. Two stores of one hash would stand mixed up; the survey refuses
        them.
        """
        rows = placed(df, self.count, self.partition, bucket(F.col(store)))
        return rows.sortWithinPartitions(store_hash(F.col(store)))


def parallelism(df: DataFrame) -> int:
    """Tasks that run at once; where the driver is another's, as many as a plain range has.

    Examples
    --------
    >>> parallelism(spark.range(1))
    2
    """
    own = driver(df.sparkSession)
    if own is not None:
        return own.parallelism
    parts = df.sparkSession.range(_RANGE).select(F.spark_partition_id()).distinct()
    return parts.count()
