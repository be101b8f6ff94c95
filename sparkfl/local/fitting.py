"""Fitting stores inside a worker: by numpy, many small ones at once, and through the gate."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.local.batch import Batch, batches
from sparkfl.local.clusters import clusters
from sparkfl.local.compress import compress
from sparkfl.local.result import LocalResult, Strategy, Verdict
from sparkfl.local.spool import MAX_VALUES
from sparkfl.local.stores import Block
from sparkfl.privacy.release import release
from sparkfl.privacy.screen import constant, too_small
from sparkfl.statistics.scaling import Scaling, asinh
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["LocalFit", "failure"]


@dataclass(frozen=True)
class LocalFit:
    """How a store is fitted.

    Parameters
    ----------
    algorithm : str
        A name in `sparkfl.local.algorithms.ALGORITHMS`, or the path of a scikit-learn class.
    k : int or None
        Clusters a store, at most its distinct rows; None for `sparkfl.local.clusters`, by its size.
    seed : int
        Seed of each fit.
    min_cluster_size : int
        Smallest cluster that may be released.
    scaling : Scaling, optional
        Common scaling; without one, each store is scaled by its own moments, robustly.
    max_values : int, default 2**20
        Rows times features above which a store is summarised chunk by chunk.
    algorithm_params : mapping of str to object, optional
        Parameters of a scikit-learn class.

    Examples
    --------
    >>> fit = LocalFit("kmeans", k=2, seed=0, min_cluster_size=3)
    >>> result = fit.fit(np.array([[0.0], [1.0], [2.0], [8.0], [9.0], [10.0]]))
    >>> str(result.verdict), result.summary.n.tolist()
    ('ok', [3, 3])
    """

    algorithm: str
    k: int | None
    seed: int
    min_cluster_size: int
    scaling: Scaling | None = None
    max_values: int = MAX_VALUES
    algorithm_params: Mapping[str, Any] = field(default_factory=dict)

    def fit(self, rows: Matrix) -> LocalResult:
        """Fit one store, its rows of shape (n, d), and apply the gate."""
        columns = np.asarray(rows, dtype=np.float64).T
        return self.fit_block(Block(pa.array([0]), np.array([len(rows)]), columns))[0]

    def fit_block(self, block: Block) -> list[LocalResult]:
        """Fit some stores; the order of a store's rows has no influence, nor have the others.

        A store that fails does not stop the others: its failure is its verdict.
        """
        results = [LocalResult(Verdict.TOO_SMALL, int(rows)) for rows in block.size]
        wanted = clusters(block.size, self.k)
        trained = ~too_small(block.size, wanted, self.min_cluster_size)
        start = block.start

        def cut(of: npt.NDArray[np.intp]) -> Batch:
            return Batch.of_columns(block.columns, start[of], block.size[of])

        for k in np.unique(wanted[trained]).tolist():
            alike = np.flatnonzero(trained & (wanted == k))
            for group in batches(block.size[alike]):
                stores = alike[group]
                for store, result in zip(stores, self._fit_or_fail(cut, stores, k), strict=True):
                    results[store] = result
        return results

    def fit_summaries(
        self, rows: int, groups: ClusterSummary, standard: Scaling | None = None
    ) -> LocalResult:
        """Fit one store from the summaries that `summarise` made of all its rows.

        A store of which no moments could be told, for it has a scaling of its own, has values whose
        squares are no finite numbers.
        """
        k = int(clusters(rows, self.k))
        if too_small(rows, k, self.min_cluster_size):
            return LocalResult(Verdict.TOO_SMALL, rows)
        total = groups.total()
        if len(groups) == 1 and not groups.ss.any():
            return LocalResult(Verdict.CONSTANT, rows)
        own = None
        if not np.isfinite(total.ss).all() or (self.scaling is None and standard is None):
            return LocalResult(Verdict.OVERFLOW, rows)
        if standard is not None:
            again = standard.again(total)
            own, groups = replace(standard, asinh=again), again.summary(groups)
        batch = Batch.of_rows(groups.mean, groups.n.astype(np.float64))
        found = groups.merged(ALGORITHMS[self.algorithm](batch, k, self.seed)[0])
        return self.released(rows, found, own, Strategy.SUMMARISED)

    def summarise(
        self, rows: Matrix, weight: Matrix, standard: Scaling | None = None
    ) -> ClusterSummary:
        """Summarise a chunk of a store.

        Parameters
        ----------
        rows : numpy.ndarray, shape (n, d)
            Its rows.
        weight : numpy.ndarray, shape (n,)
            How often each counts.
        standard : Scaling, optional
            The store's own z-scores, if there is no common scaling.

        Returns
        -------
        ClusterSummary
            In the clustering space if it is common, of asinh(z) if not.
        """
        if self.scaling is not None:
            return compress(self.scaling.transform(rows), weight)
        return compress(rows if standard is None else asinh(standard.transform(rows)), weight)

    def released(
        self, rows: int, found: ClusterSummary, scaling: Scaling | None, strategy: Strategy
    ) -> LocalResult:
        """Apply the gate to the clusters of a store."""
        let_out = release(found, self.min_cluster_size)
        if let_out is None or not np.isfinite(let_out.ss).all():
            return LocalResult(Verdict.OVERFLOW, rows)
        if len(let_out) == 1 and not let_out.ss.any():
            return LocalResult(Verdict.CONSTANT, rows)
        merged = int(found.n[found.n < self.min_cluster_size].sum())
        return LocalResult(Verdict.OK, rows, let_out, merged, scaling, strategy)

    def _fit_or_fail(
        self, cut: Callable[[npt.NDArray[np.intp]], Batch], stores: npt.NDArray[np.intp], k: int
    ) -> list[LocalResult]:
        """Fit a batch; if it fails, each of its stores by itself, to find the one to blame."""
        try:
            with np.errstate(all="ignore"):
                return self._fit_batch(cut(stores), k)
        except Exception as error:  # noqa: BLE001  a store's failure is its verdict
            if len(stores) > 1:
                return [self._fit_or_fail(cut, stores[i : i + 1], k)[0] for i in range(len(stores))]
            return [failure(error, int(cut(stores).size[0]))]

    def _fit_batch(self, batch: Batch, k: int) -> list[LocalResult]:
        """Screen, scale, cluster and release the stores of a batch."""
        size, same = batch.size.tolist(), constant(batch.rows)
        results = [LocalResult(Verdict.CONSTANT, rows) for rows in size]
        good = np.flatnonzero(~same).tolist()
        if not good:
            return results
        scaled, own = self.scaled(batch.of_stores(np.array(good)))
        labels = ALGORITHMS[self.algorithm](scaled, k, self.seed)
        strategy = Strategy.IN_MEMORY if batch.alone else Strategy.BATCHED
        summaries = scaled.summaries(labels, k)
        for store, found, scaling in zip(good, summaries, own, strict=True):
            if scaling is not None and not np.isfinite(scaling.std).all():
                results[store] = LocalResult(Verdict.OVERFLOW, size[store])
            else:
                results[store] = self.released(size[store], found, scaling, strategy)
        return results

    def scaled(self, batch: Batch) -> tuple[Batch, list[Scaling | None]]:
        """Bring stores into the clustering space, with the scaling of each if it has its own."""
        if self.scaling is not None:
            rows = self.scaling.transform(batch.rows.transpose(0, 2, 1)).transpose(0, 2, 1)
            return Batch(rows, batch.weight).sorted(), [None] * len(batch)
        batch, first = _standardised(batch.sorted())
        batch, again = _standardised(Batch(asinh(batch.rows), batch.weight))
        own = [replace(one, asinh=two) for one, two in zip(first, again, strict=True)]
        return batch, list(own)


def _standardised(batch: Batch) -> tuple[Batch, list[Scaling]]:
    """Standardise each store by its own moments."""
    everything = np.zeros(batch.weight.shape, dtype=np.int64)
    own = [Scaling.of_moments(total) for total in batch.summaries(everything, 1)]
    mean = np.stack([scaling.mean for scaling in own])[:, :, None]
    factor = np.stack([scaling.factor for scaling in own])[:, :, None]
    return Batch((batch.rows - mean) * factor, batch.weight), own


def failure(error: Exception, rows: int) -> LocalResult:
    """Turn an exception into a verdict that names its type and its place, not its message."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(frame.filename).stem}.{frame.name}"
    return LocalResult(Verdict.FAILED, rows, detail=f"{type(error).__name__} in {where}")
