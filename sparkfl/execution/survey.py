"""One look at all stores before training: how large each is, its content, its moments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from sparkfl.columns import arrow_frame, lists_of
from sparkfl.errors import SchemaError
from sparkfl.execution.entities import ENTITY, is_keyed, with_sizes
from sparkfl.execution.feature_moments import feature_moments, told_moments
from sparkfl.local.result import LocalResult
from sparkfl.privacy.rounding import rounded_counts, rounded_up
from sparkfl.privacy.rules import Rules
from sparkfl.privacy.screen import too_small
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["BUCKETS", "Survey", "bucket", "store_hash", "survey"]

BUCKETS = 4096
"""Buckets that stores are spread over by a hash, so that the driver can lay them out."""


_SCREENED = {
    "valid": "boolean",
    "rows": "bigint",
    "hash": "bigint",
    "content": "string",
    "mean": "array<double>",
    "ss": "array<double>",
}
"""What a store lets out, once for its valid rows and once for the others, of Spark's types."""


@dataclass(frozen=True)
class Survey:
    """What the driver knows of the stores before they are trained.

    Parameters
    ----------
    table : pyarrow.Table
        A row a store, in the order of the stores, NULL last: `store`, `rows` (valid ones),
        `skipped` (the others), `hash` (of its name), `content` (a hash of its rows whatever their
        order, NULL for a store too small), `mean` of the features and `ss`, their sums of squared
        deviations (NULL unless they were asked for and may leave the store, NaN for a feature that
        may not). Counts are rounded as the rules say.
    """

    table: pa.Table

    def __len__(self) -> int:
        return len(self.table)

    @property
    def rows(self) -> int:
        """Valid rows of all stores."""
        return pc.sum(self.table["rows"]).as_py() or 0

    @cached_property
    def stores(self) -> list[Any]:
        """The stores, in order."""
        stores: list[Any] = self.table["store"].to_pylist()
        return stores

    def by_store(self, column: str) -> Mapping[Any, Any]:
        """Return a column by store."""
        return dict(zip(self.stores, self.table[column].to_pylist(), strict=True))

    def described(self, results: Mapping[Any, LocalResult]) -> dict[Any, LocalResult]:
        """Add to stores' results what is known of their rows; in the order of the stores."""
        known = zip(self.stores, self.table.select(["skipped", "content"]).to_pylist(), strict=True)
        return {store: replace(results[store], **own) for store, own in known if store in results}

    def only(self, keep: npt.NDArray[np.bool_]) -> Survey:
        """Keep some stores."""
        return Survey(self.table.filter(pa.array(keep)))

    def of(self, rows: DataFrame, every: Survey) -> DataFrame:
        """Keep of the rows of `every` store, which a column `store` names, those of these."""
        if len(self) == len(every):
            return rows
        names = self.table.select(["store"])
        wanted = arrow_frame(rows.sparkSession, names, StructType([rows.schema["store"]]))
        return rows.join(F.broadcast(wanted), "store", "left_semi")

    def moments(self) -> ClusterSummary | Moments | None:
        """Moments of the stores that let theirs out, a cluster a store; None if none did."""
        out = self.table.filter(pc.field("mean").is_valid() & pc.field("store").is_valid())
        if not len(out):
            return None
        mean, ss = (np.array(out[name].to_pylist()) for name in ("mean", "ss"))
        return Moments.of_stores(out["rows"].to_numpy(), mean, ss)

    def scalings(self) -> list[Scaling | None]:
        """Z-scores of each store by the moments it let out; None where it did not."""
        rows = self.table.select(["rows", "mean", "ss"]).to_pylist()
        return [
            Scaling.of_stores(
                ClusterSummary(
                    np.array([row["rows"]]), np.array([row["mean"]]), np.array([row["ss"]])
                )
            ).rounded()
            if row["mean"] is not None and not np.isnan(row["mean"]).any()
            else None
            for row in rows
        ]


def store_hash(store: Column) -> Column:
    """Hash of a store's name, 64 bits: quicker to sort and to join by than a text."""
    return F.xxhash64(store)


def bucket(store: Column) -> Column:
    """Bucket of a store."""
    return F.pmod(store_hash(store), F.lit(BUCKETS)).cast("int")


def survey(rows: DataFrame, features: int, k: int, rules: Rules, moments: bool = False) -> Survey:
    """Count the rows of each store, in one job; nothing else of a store that is too small.

    What Spark has counted of a store passes the gate in a worker, before the driver sees it.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        Rows of all stores: `store` and `features`, an array of finite doubles, NULL in a row that
        is not valid; and `entity`, if they name theirs.
    features : int
        Length of the arrays.
    k : int
        As in `sparkfl.privacy.screen.too_small`.
    rules : Rules
        What is asked of what a store tells.
    moments : bool, default False
        Whether to add means and sums of squared deviations, for scaling.

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
    ...     [(s, [float(x)]) for s in "ab" for x in range(6)],
    ...     "store string, features array<double>",
    ... )
    >>> found = survey(rows, 1, k=2, rules=Rules(5), moments=True)
    >>> found.by_store("rows"), found.moments().total().n.tolist()
    ({'a': 6, 'b': 6}, [12])
    """
    hash_ = F.xxhash64("features")
    whole = F.xxhash64("features", ENTITY) if is_keyed(rows) else hash_
    halves = whole.bitwiseAND(F.lit(2**32 - 1)), F.shiftrightunsigned(whole, 32)
    counted = {
        "rows": F.count(F.lit(1)),
        "content": F.concat_ws("-", *(F.hex(F.sum(half)) for half in halves)),
        # Without a minimum and maximum a feature: rows of one hash are equal.
        "equal": F.min(hash_) == F.max(hash_),
    }
    if moments:
        counted |= feature_moments(F.col("features"), features, rules.dominance < 1)
    zeros = F.array_repeat(F.lit(0.0), features)
    known = rows.select(
        "store",
        F.col("features").isNotNull().alias("valid"),
        F.coalesce("features", zeros).alias("features"),
        *([ENTITY] if is_keyed(rows) else []),
    )
    by = ["store", "valid"]
    stores = known.groupBy(*by).agg(*(c.alias(n) for n, c in counted.items()))
    hashed = with_sizes(stores, known, by).select("*", store_hash(F.col("store")).alias("hash"))

    def screen(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            yield _screened(batch, features, k, rules)

    type_ = rows.schema["store"].dataType.simpleString()
    schema = f"store {type_}, {', '.join(f'{name} {kind}' for name, kind in _SCREENED.items())}"
    found = _joined(hashed.mapInArrow(screen, schema).toArrow())
    _check_hashes(found)
    return found


def _screened(batch: pa.RecordBatch, features: int, k: int, rules: Rules) -> pa.RecordBatch:
    """Keep of each store what may leave it."""
    entities = "entities" if "entities" in batch.schema.names else "rows"
    names = (entities, "rows", "valid")
    entity, rows, valid = (batch[c].to_numpy(zero_copy_only=False) for c in names)
    large = valid & ~too_small(entity, k, rules.min_size)
    mean = ss = pa.nulls(len(batch), pa.list_(pa.float64()))
    if "mean" in batch.schema.names:
        told = told_moments(batch, features, rules)
        known = told.n > 0
        may = large & (known.any(axis=1) if rules.dominance < 1 else known.all(axis=1))
        mean, ss = (_rows(values, may) for values in (told.mean, told.ss))
    content = pc.if_else(pa.array(large), batch["content"], pa.scalar(None, pa.string()))
    if rules.complementary:
        # Sums of hashes tell, from one version to the next, the hash of the row that joined.
        told_content = [c and sha256(c.encode()).hexdigest()[:32] for c in content.to_pylist()]
        content = pa.array(told_content, pa.string())
        rows = np.where(valid, np.where(large, rows, 0), rounded_up(rows, rules.min_size))
    counts = pa.array(rounded_counts(rows, rules.round))
    kept = [batch["store"], batch["valid"], counts, batch["hash"], content, mean, ss]
    return pa.RecordBatch.from_arrays(kept, ["store", *_SCREENED])


def _joined(table: pa.Table) -> Survey:
    """Bring the counts of a store's valid rows and of the others together."""
    valid = table.filter(pc.field("valid"))
    other = table.filter(~pc.field("valid"))
    skipped = dict(zip(other["store"].to_pylist(), other["rows"].to_pylist(), strict=True))
    without = pc.invert(pc.is_in(other["store"], valid["store"]))
    no_rows = pa.array([0] * (pc.sum(without).as_py() or 0), pa.int64())
    column = other.column_names.index("rows")
    none = other.filter(without).set_column(column, "rows", no_rows)
    every = pa.concat_tables([valid, none]).drop_columns("valid")
    every = every.sort_by([("store", "ascending")])
    counts = [skipped.get(store, 0) for store in every["store"].to_pylist()]
    return Survey(every.append_column("skipped", pa.array(counts, pa.int64())))


def _rows(values: np.ndarray, keep: npt.NDArray[np.bool_]) -> pa.Array:
    """Lay out the rows of a matrix as lists, NULL where they are not kept."""
    lists = lists_of(values)
    return pc.if_else(pa.array(keep), lists, pa.nulls(len(values), lists.type))


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
