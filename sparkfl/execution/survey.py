"""One look at all stores before training: how large each is, its content, its moments."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from operator import and_
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F

from sparkfl.errors import SchemaError
from sparkfl.statistics.summary import ClusterSummary

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["BUCKETS", "Survey", "bucket", "store_hash", "survey"]

BUCKETS = 4096
"""Buckets that stores are spread over by a hash, so that the driver can lay them out."""


@dataclass(frozen=True)
class Survey:
    """What the driver knows of the stores before they are trained.

    Parameters
    ----------
    table : pyarrow.Table
        A row a store, in the order of the stores, NULL last: `store`, `rows`, `hash` (of its name)
        and, where they were asked for and the store is not too small, `content` (a hash of its
        rows whatever their order), `mean`, `variance` and `releasable`.
    """

    table: pa.Table

    def __len__(self) -> int:
        return len(self.table)

    @property
    def rows(self) -> int:
        """Rows of all stores."""
        return pc.sum(self.table["rows"]).as_py() or 0

    @cached_property
    def stores(self) -> list[Any]:
        """The stores, in order."""
        stores: list[Any] = self.table["store"].to_pylist()
        return stores

    def sizes(self) -> Mapping[Any, int]:
        """Rows of each store."""
        return dict(zip(self.stores, self.table["rows"].to_pylist(), strict=True))

    def content(self) -> Mapping[Any, str | None]:
        """Hash of the rows of each store, None for one that is too small."""
        return dict(zip(self.stores, self.table["content"].to_pylist(), strict=True))

    def only(self, keep: npt.NDArray[np.bool_]) -> Survey:
        """Keep some stores."""
        return Survey(self.table.filter(pa.array(keep)))

    def pooled(self) -> ClusterSummary | None:
        """Pool the moments of every store that may release anything; None if there is none.

        The gate's screen, in Spark: a store with too few rows, a value that is not finite, or all
        rows equal contributes nothing, since its sums could be its customer.
        """
        stores = [
            ClusterSummary(
                np.array([row["rows"]]),
                np.array([row["mean"]]),
                np.array([row["variance"]]) * row["rows"],
            )
            for row in self.table.filter(pc.field("releasable")).to_pylist()
            if row["store"] is not None and all(map(math.isfinite, row["variance"]))
        ]
        return ClusterSummary.concatenate(stores).total() if stores else None


def store_hash(store: Column) -> Column:
    """Hash of a store's name, 64 bits: quicker to sort and to join by than a text."""
    return F.xxhash64(store)


def bucket(store: Column) -> Column:
    """Bucket of a store."""
    return F.pmod(store_hash(store), F.lit(BUCKETS)).cast("int")


def survey(
    df: DataFrame,
    store: Column,
    features: Sequence[Column],
    k: int,
    min_cluster_size: int,
    content: bool = False,
    moments: bool = False,
) -> Survey:
    """Count the rows of each store, in one job; nothing else of a store that is too small.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows of all stores.
    store : pyspark.sql.Column
        Store of each row.
    features : sequence of pyspark.sql.Column
        Features as doubles, NULL if not finite.
    k, min_cluster_size : int
        As in `sparkfl.privacy.screen.too_small`.
    content : bool, default False
        Whether to add a hash of the rows of each store.
    moments : bool, default False
        Whether to add means and variances, for a scaling that all stores share.

    Returns
    -------
    Survey

    Raises
    ------
    SchemaError
        If two stores share a hash.

    Examples
    --------
    >>> rows = spark.createDataFrame(
    ...     [(s, float(x)) for s in "ab" for x in range(6)], "s string, x double"
    ... )
    >>> found = survey(rows, rows.s, [rows.x], k=2, min_cluster_size=5, moments=True)
    >>> found.sizes(), found.pooled().n.tolist()
    ({'a': 6, 'b': 6}, [12])
    """
    named = [f"f{i}" for i in range(len(features))]
    rows = df.select(
        store.alias("store"), *(f.alias(n) for f, n in zip(features, named, strict=True))
    )
    figures = {"rows": F.count(F.lit(1))}
    if content:
        hash_ = F.xxhash64(*(F.coalesce(n, F.lit(float("nan"))) for n in named))
        low, high = hash_.bitwiseAND(F.lit(2**32 - 1)), F.shiftrightunsigned(hash_, 32)
        figures["content"] = F.concat_ws("-", F.hex(F.sum(low)), F.hex(F.sum(high)))
    if moments:
        complete = [F.count(n) == F.count(F.lit(1)) for n in named]
        varies = ~reduce(and_, [F.min(n) == F.max(n) for n in named])
        figures["mean"] = F.array(*(F.avg(n) for n in named))
        figures["variance"] = F.array(*(F.var_pop(n) for n in named))
        figures["releasable"] = reduce(and_, complete) & varies
    stores = rows.groupBy("store").agg(*(c.alias(name) for name, c in figures.items()))
    enough = (F.col("rows") > k) & (F.col("rows") >= min_cluster_size)
    secret = [F.when(enough, F.col(n)).alias(n) for n in list(figures)[1:]]
    table = stores.select("store", "rows", store_hash(F.col("store")).alias("hash"), *secret)
    found = Survey(table.toArrow().sort_by([("store", "ascending")]))
    _check_hashes(found)
    return found


def _check_hashes(found: Survey) -> None:
    """Refuse stores that cannot be told apart by their hashes."""
    known: dict[int, Any] = {}
    for store, hash_ in zip(found.stores, found.table["hash"].to_pylist(), strict=True):
        if hash_ in known:
            raise SchemaError(
                f"Stores {known[hash_]!r} and {store!r} have the same 64-bit hash, by which rows "
                "are brought together. Rename one of them."
            )
        known[hash_] = store
