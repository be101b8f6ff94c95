"""The guard against differencing over Spark: who was behind what a store told, kept by it."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.errors import AnalysisException
from pyspark.sql import functions as F

from sparkfl.errors import StorageError
from sparkfl.execution.cached import cached
from sparkfl.execution.entities import CONTENT, ENTITY, is_keyed
from sparkfl.execution.standing import Standing
from sparkfl.execution.writable import check_writable
from sparkfl.local.result import (
    GUARDED,
    MEMBERSHIP,
    LocalResult,
    Verdict,
    atoms_of,
    decode,
    result_schema,
)
from sparkfl.privacy.differencing import Membership
from sparkfl.privacy.rearrangement import differing
from sparkfl.privacy.rounding import rounded_clusters
from sparkfl.privacy.rules import Rules
from sparkfl.tables.cause import cause

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["Guard"]

_STATE = "store string, space string, release string, entity bigint, cluster bigint, content bigint"
_EMPTY = ("[PATH_NOT_FOUND]", "[UNABLE_TO_INFER_SCHEMA]")
_UNKNOWN = (
    "its earlier releases are of other features, by which rows without ENTITY_KEY cannot be "
    "compared: give the release policy an ENTITY_KEY, or train the features of before"
)
_LARGE = (
    "it is too large for one worker, so that who is in which of its clusters is known in no place: "
    "split it, or train it without a guard"
)
_SUMMED = 2**32 - 1
_TOLD = ("n", "mean", "ss", "scaling_mean", "scaling_std", "asinh_mean", "asinh_std")


@dataclass(frozen=True)
class Guard:
    """Holds back what differs too little from what a store told before, in any version.

    Parameters
    ----------
    path : str
        Directory of a file system that Spark knows, where it is kept who was behind what. It is
        as private as the rows: it belongs to the store, and nothing of it is told.
    space : str
        Names the features. Where others were told, entities are compared and not their rows, and
        where rows name none, nothing can be compared and all is held back.
    rules : Rules
        What is asked of releases: two may differ by no fewer entities than the minimum, if they do.
    plan : str, default ''
        Names what has one clustering space from version to version, see `standing`.
    name : str, default 'guardPath'
        The option or setting that gives the path.
    """

    path: str
    space: str
    rules: Rules
    plan: str = ""
    name: str = "guardPath"
    release: str = field(default_factory=lambda: f"{time.time_ns():016x}{uuid.uuid4().hex}")

    @property
    def min_size(self) -> int:
        """Fewest entities that two releases may differ by."""
        return self.rules.min_size

    @property
    def standing(self) -> Standing:
        """What stores have told; below a name that is none of the guard's own rows."""
        return Standing(f"{self.path}/_told", self.plan)

    def check(self, spark: SparkSession) -> None:
        """Refuse a directory that a guard cannot keep anything in, before a store tells anything.

        Raises
        ------
        StorageError
            If it cannot be written or read, or holds what no guard keeps.
        """
        check_writable(spark, self.path, self.name)
        try:
            found = spark.read.parquet(self.path).columns
        except Exception as error:
            if any(condition in str(error) for condition in _EMPTY):
                return
            raise StorageError(
                f"{self.name} {self.path} cannot be read: {cause(error)}. Name the directory that "
                "the guard of these stores has, or a new one."
            ) from error
        columns = [column.split()[0] for column in _STATE.split(", ")]
        lacks = [name for name in columns if name not in found]
        if lacks:
            raise StorageError(
                f"{self.name} {self.path} holds Parquet without the column {lacks[0]}, which is no "
                "guard's. Name the directory that the guard of these stores has, or a new one."
            )

    def held(self, rows: DataFrame) -> dict[Any, str]:
        """Find the stores of which nothing may be told, and why; keep who is in the others.

        Parameters
        ----------
        rows : pyspark.sql.DataFrame
            Rows of all stores: `store`, `content`, `entity` if they name theirs, and `features`.
        """
        keyed = is_keyed(rows)
        valid = rows.where(F.col("features").isNotNull() & F.col("store").isNotNull())
        who = F.col(ENTITY if keyed else CONTENT).alias("entity")
        summed = F.sum(F.col(CONTENT).bitwiseAND(F.lit(_SUMMED))).alias("content")
        now = valid.groupBy("store", who).agg(summed)
        with cached(now) as current:
            differs = self._differences(current, keyed)
            with cached(differs) as known:
                held = known.where(F.col("least") < self.min_size).select("store", "unknown")
                why = {row[0]: _UNKNOWN if row[1] else self._rows for row in held.collect()}
                fresh = known.where(F.col("least") >= self.min_size).where("NOT same")
                told = current.join(fresh.select("store"), "store", "left_semi")
                self._keep(told.withColumn("cluster", F.lit(0).cast("bigint")), "all of")
        return why

    @property
    def _rows(self) -> str:
        """Why a store is held back before anything is told."""
        return (
            f"fewer than {self.min_size} customers have joined, left or changed since an earlier "
            "release: train again when more have"
        )

    @property
    def _clusters(self) -> str:
        """Why the clusters of a store are held back, though its rows have passed."""
        return (
            f"some of its clusters would differ from earlier ones by fewer than {self.min_size} "
            "customers, though all of its rows do not: train again when more have changed, and "
            "with the same options"
        )

    def collect(self, results: DataFrame, scaled: bool = True) -> Iterable[tuple[Any, LocalResult]]:
        """Check the clusters of stores against all that these have told, keep them, tell them.

        Parameters
        ----------
        results : pyspark.sql.DataFrame
            Of `encode`, with what a guard asks.
        scaled : bool, default True
            Whether stores share a space in which customers deviate by 1.
        """
        earlier = self._state(results.sparkSession).groupBy("store", "release", "space")
        pairs = earlier.agg(F.collect_list(F.struct(*MEMBERSHIP)).alias("pairs"))
        told = F.struct(
            "space", "release", *(F.col(f"pairs.{name}").alias(name) for name in MEMBERSHIP)
        )
        of_store = pairs.groupBy(F.col("store").alias("name")).agg(
            F.collect_list(told).alias("earlier")
        )
        same = F.col("store").cast("string") == F.col("name")
        store = results.schema["store"].dataType.simpleString()
        schema = f"{result_schema(store, guarded=True)}, again boolean"
        given = results.join(of_store, same, "left").drop("name")
        checked = given.mapInArrow(lambda batches: self._check(batches, scaled), schema)
        with cached(checked) as kept:
            whose = F.arrays_zip(*MEMBERSHIP)
            new = (F.col("verdict") == Verdict.OK.value) & ~F.col("again")
            pairs = kept.where(new).select("store", F.explode(whose))
            fields = (F.col(f"col.{name}").alias(name) for name in MEMBERSHIP)
            self._keep(pairs.select("store", *fields), "clusters of")
            return list(decode(kept.drop(*GUARDED, "again").toArrow()))

    def _differences(self, now: DataFrame, keyed: bool) -> DataFrame:
        """Count by how many entities stores differ, of all they have told, where it is least.

        Returns
        -------
        pyspark.sql.DataFrame
            `store`; `least`, a number that is not 0 and at least the minimum if there is none;
            whether they are the `same` as in some release; and whether it is other features alone
            that make the difference `unknown`.
        """
        name = F.col("store").cast("string")
        state = self._state(now.sparkSession).groupBy("store", "release", "space", "entity")
        before = state.agg(F.sum("content").alias("content")).withColumnRenamed("store", "name")
        releases = before.groupBy("name", "release", "space").agg(F.count(F.lit(1)).alias("old"))
        sizes = now.groupBy("store").agg(F.count(F.lit(1)).alias("new"))
        there = now.select(name.alias("name"), "entity", F.col("content").alias("own"))
        other = F.col("space") != self.space
        alike = F.count_if((F.col("content") == F.col("own")) | other).alias("alike")
        both = (
            before.join(there, ["name", "entity"])
            .groupBy("name", "release")
            .agg(F.count(F.lit(1)).alias("both"), alike)
        )
        counted = releases.join(both, ["name", "release"], "left").fillna(0, ["both", "alike"])
        count = F.col("old") + F.col("new") - F.col("both") - F.col("alike")
        if not keyed:
            count = F.when(other, F.lit(1)).otherwise(count)
        pairs = sizes.join(counted, name == F.col("name"), "left").select(
            "store", count.alias("count"), other.alias("other")
        )
        positive = F.min(F.when(F.col("count") > 0, F.col("count")))
        same = F.coalesce(F.max((F.col("count") == 0) & ~F.col("other")), F.lit(False))
        few = (F.col("count") < self.min_size) & (F.col("count") > 0)
        unknown = F.lit(False) if keyed else ~F.bool_or(few & ~F.col("other"))
        return pairs.groupBy("store").agg(
            F.coalesce(positive, F.lit(self.min_size)).alias("least"),
            same.alias("same"),
            unknown.alias("unknown"),
        )

    def _check(self, batches: Iterator[pa.RecordBatch], scaled: bool) -> Iterator[pa.RecordBatch]:
        """Hold back, in the store's worker, what differs too little, or merge it until it does."""
        for batch in batches:
            rows = batch.to_pylist()
            for row in rows:
                if row["verdict"] == Verdict.OK:
                    row.update(self._let_out(row, scaled))
                row["again"] = self._again(row)
                del row["earlier"]
            columns = {f.name: f.type for f in batch.schema if f.name != "earlier"}
            arrays = {n: pa.array([r[n] for r in rows], type_) for n, type_ in columns.items()}
            arrays["again"] = pa.array([row["again"] for row in rows])
            yield pa.RecordBatch.from_pydict(arrays)

    def _let_out(self, row: dict[str, Any], scaled: bool) -> dict[str, Any]:
        """Return what is otherwise in the result of a store, given what may be told of it."""
        nothing = dict.fromkeys((*_TOLD, *GUARDED)) | {"verdict": Verdict.HELD_BACK.value}
        if row["entity"] is None:
            return nothing | {"detail": _LARGE}
        atoms = atoms_of(row)
        may = None if row["mergeable"] is None else np.array(row["mergeable"])
        whose = atoms.membership
        earlier = []
        for told in sorted(row["earlier"] or [], key=_age):
            before, now = _membership(told), whose
            if told["space"] != self.space:
                before, now = before.without_content(), now.without_content()
            earlier.append((before, now))
        labels = differing(atoms, may, earlier, self.rules)
        if labels is None:
            return nothing | {"detail": self._clusters}
        kept = {name: getattr(whose.merged(labels), name).tolist() for name in MEMBERSHIP}
        if np.array_equal(labels, atoms.home):
            return kept
        own = row["scaling_mean"] is not None
        found = rounded_clusters(atoms.summary.merged(labels), self.rules, scaled or own)
        told, clusters = found.canonical(), len(row["n"])
        how = "some customers are counted in neighbouring clusters, so that these"
        if len(told) < clusters:
            how = f"{len(told)} clusters of {clusters}, merged so that they"
        return kept | {
            "detail": f"{how} differ from earlier ones by {self.min_size} customers or by none",
            **{name: getattr(told, name).ravel().tolist() for name in ("n", "mean", "ss")},
        }

    def _again(self, row: dict[str, Any]) -> bool:
        """Tell whether the same clusters of the same rows were told before."""
        if row["entity"] is None:
            return False
        now = _membership(row)
        told = [each for each in row["earlier"] or [] if each["space"] == self.space]
        return any(now.equals(_membership(each)) for each in told)

    def _state(self, spark: SparkSession) -> DataFrame:
        """Read who was behind what was told; empty at first."""
        try:
            return spark.read.schema(_STATE).parquet(self.path)
        except AnalysisException as error:
            if error.getCondition() != "PATH_NOT_FOUND":
                raise
            return spark.createDataFrame([], _STATE)

    def _keep(self, pairs: DataFrame, what: str) -> None:
        """Add who is behind what is about to be told: all of the stores, or their clusters."""
        told = pairs.select(
            F.col("store").cast("string").alias("store"),
            F.lit(self.space).alias("space"),
            F.lit(f"{what} {self.release}").alias("release"),
            "entity",
            "cluster",
            "content",
        )
        told.write.mode("append").parquet(self.path)


def _membership(row: dict[str, Any]) -> Membership:
    """Read who was behind what was told."""
    return Membership.of_rows(*(row[name] for name in MEMBERSHIP))


def _age(told: dict[str, Any]) -> str:
    """Order of what was told, as the name of a training starts with its time."""
    return str(told["release"]).rpartition(" ")[2]
