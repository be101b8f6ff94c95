"""One job that fits every store inside its worker and lets out what passes the gate."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.local.release import release, screen
from sparkfl.local.scaling import Scaling
from sparkfl.local.summary import ClusterSummary, Matrix

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["LocalResult", "LocalTraining"]

_RESULT = (
    "verdict string, rows long, merged_rows long, n array<long>, mean array<array<double>>, "
    "ss array<array<double>>, scaling_mean array<double>, scaling_std array<double>"
)


@dataclass(frozen=True)
class LocalResult:
    """What one store tells.

    Parameters
    ----------
    verdict : str
        ``ok``, ``too_small``, ``constant``, ``rejected_nonfinite`` or ``failed: <exception type>
        in <where>``; never an exception's message, which can hold a customer's values.
    rows : int
        Rows of the store.
    summary : ClusterSummary, optional
        Released clusters, in the clustering space.
    merged_rows : int, default 0
        Rows that were in clusters too small to be released.
    scaling : Scaling, optional
        The store's own, if it has one.
    """

    verdict: str
    rows: int
    summary: ClusterSummary | None = None
    merged_rows: int = 0
    scaling: Scaling | None = None


@dataclass(frozen=True)
class LocalTraining:
    """How every store is fitted.

    Parameters
    ----------
    algorithm : str
        A name in `sparkfl.local.algorithms.ALGORITHMS`.
    k : int
        Clusters a store, at most its distinct rows.
    seed : int
        Seed of each fit.
    min_cluster_size : int
        Smallest cluster that may be released.
    scaling : Scaling, optional
        Common scaling; without one, each store is standardised by its own moments.

    Examples
    --------
    >>> training = LocalTraining("kmeans", k=2, seed=0, min_cluster_size=3)
    >>> result = training.fit(np.array([[0.0], [1.0], [2.0], [8.0], [9.0], [10.0]]))
    >>> result.verdict, result.summary.n.tolist()
    ('ok', [3, 3])
    """

    algorithm: str
    k: int
    seed: int
    min_cluster_size: int
    scaling: Scaling | None = None

    def fit(self, rows: Matrix) -> LocalResult:
        """Fit one store and apply the gate.

        Rows are sorted first, so that the result does not depend on the order they came in.
        """
        verdict = screen(rows, self.k, self.min_cluster_size)
        if verdict != "ok":
            return LocalResult(verdict, len(rows))
        rows = rows[np.lexsort(rows.T[::-1])]
        scaling = self.scaling or Scaling.of_moments(
            ClusterSummary.of_rows(rows, np.zeros(len(rows), dtype=np.int64))
        )
        scaled = scaling.transform(rows)
        k = min(self.k, len(np.unique(scaled, axis=0)))
        clusters = ClusterSummary.of_rows(scaled, ALGORITHMS[self.algorithm](scaled, k, self.seed))
        released = release(clusters, self.min_cluster_size)
        if released is None or not np.isfinite(released.ss).all():
            return LocalResult("rejected_nonfinite", len(rows))
        merged = int(clusters.n[clusters.n < self.min_cluster_size].sum())
        return LocalResult(
            "ok", len(rows), released, merged, scaling if self.scaling is None else None
        )

    def fit_stores(
        self, df: DataFrame, store: Column, features: Sequence[Column]
    ) -> list[tuple[object, LocalResult]]:
        """Fit all stores in one Spark job; one store's failure does not stop the others.

        Parameters
        ----------
        df : pyspark.sql.DataFrame
            Rows of all stores.
        store : pyspark.sql.Column
            Store of each row; rows without one are a store that failed.
        features : sequence of pyspark.sql.Column
            Features as doubles, NULL if not finite.

        Returns
        -------
        list of (object, LocalResult)
            Stores with what they tell, in the order of the stores, NULL last.
        """

        def fit(
            key: tuple[pa.Scalar, ...], batches: Iterator[pa.RecordBatch]
        ) -> Iterator[pa.RecordBatch]:
            yield _to_batch(key[0], self._fit_batches(key[0], batches))

        rows = df.select(store.alias("store"), *(f.alias(f"f{i}") for i, f in enumerate(features)))
        type_ = rows.schema["store"].dataType.simpleString()
        results = rows.groupBy("store").applyInArrow(fit, f"store {type_}, {_RESULT}").collect()
        results.sort(key=lambda row: (row["store"] is None, row["store"]))
        return [(row["store"], _from_row(row.asDict())) for row in results]

    def _fit_batches(self, store: pa.Scalar, batches: Iterator[pa.RecordBatch]) -> LocalResult:
        """Fit one store from its batches; whatever goes wrong becomes a verdict."""
        n = 0
        try:
            parts = []
            for batch in batches:
                n += batch.num_rows
                columns = batch.columns[1:]
                parts.append(np.column_stack([c.to_numpy(zero_copy_only=False) for c in columns]))
            if not store.is_valid:
                return LocalResult("failed: NULL in the store column", n)
            return self.fit(np.concatenate(parts))
        except Exception as error:  # noqa: BLE001  a store's failure is its verdict
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).stem}.{frame.name}"
            return LocalResult(f"failed: {type(error).__name__} in {where}", n)


def _to_batch(store: pa.Scalar, result: LocalResult) -> pa.RecordBatch:
    """Encode a store's result as one row."""
    summary, scaling = result.summary, result.scaling
    values = [
        result.verdict,
        result.rows,
        result.merged_rows,
        summary.n.tolist() if summary else [],
        summary.mean.tolist() if summary else [],
        summary.ss.tolist() if summary else [],
        scaling.mean.tolist() if scaling else None,
        scaling.std.tolist() if scaling else None,
    ]
    vector = pa.list_(pa.float64())
    types = [pa.string(), pa.int64(), pa.int64(), pa.list_(pa.int64()), pa.list_(vector)]
    types += [pa.list_(vector), vector, vector]
    names = ["store", *(field.split(" ")[0] for field in _RESULT.split(", "))]
    arrays = [pa.array([v], t) for v, t in zip(values, types, strict=True)]
    return pa.RecordBatch.from_arrays([pa.array([store.as_py()], store.type), *arrays], names)


def _from_row(row: dict[str, object]) -> LocalResult:
    """Decode a store's result."""
    summary = scaling = None
    if row["n"]:
        summary = ClusterSummary(np.array(row["n"]), np.array(row["mean"]), np.array(row["ss"]))
    if row["scaling_mean"]:
        scaling = Scaling(np.array(row["scaling_mean"]), np.array(row["scaling_std"]))
    return LocalResult(str(row["verdict"]), row["rows"], summary, row["merged_rows"], scaling)  # type: ignore[arg-type]
