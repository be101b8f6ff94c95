"""The Spark jobs that fit every store in a worker and let out what passes the gate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pyspark.sql import functions as F

from sparkfl.execution.by_estimator import fit_by_estimator
from sparkfl.execution.large import fit_large
from sparkfl.execution.progress import Tally
from sparkfl.execution.small import fit_small
from sparkfl.execution.survey import Survey, survey
from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.local.fitting import LocalFit
from sparkfl.local.result import LocalResult, decode

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["LocalTraining"]

Results = Iterable[tuple[Any, LocalResult]]


def collect(results: DataFrame) -> Results:
    """Run the job of a frame of results, and decode them."""
    return decode(results.toArrow())


@dataclass(frozen=True)
class LocalTraining(LocalFit):
    """How all stores are fitted, in one Spark job, or two if some are too large for a worker.

    Examples
    --------
    >>> rows = [(s, float(x % 2 * 50 + x)) for s in ("north", "south") for x in range(40)]
    >>> df = spark.createDataFrame(rows, "store_id string, spend double")
    >>> training = LocalTraining("kmeans", k=2, seed=0, min_cluster_size=10)
    >>> [(s, r.verdict, r.path) for s, r in training.fit_stores(df, df.store_id, [df.spend])]
    [('north', 'ok', 'batched'), ('south', 'ok', 'batched')]
    """

    def fit_stores(
        self,
        df: DataFrame,
        store: Column,
        features: Sequence[Column],
        stores: Survey | None = None,
        skip: Collection[Any] = (),
        tally: Tally | None = None,
        collect: Callable[[DataFrame], Results] = collect,
    ) -> list[tuple[Any, LocalResult]]:
        """Fit all stores; one store's failure does not stop the others.

        Parameters
        ----------
        df : pyspark.sql.DataFrame
            Rows of all stores.
        store : pyspark.sql.Column
            Store of each row; rows without one are a store that failed.
        features : sequence of pyspark.sql.Column
            Features as doubles, NULL if not finite.
        stores : Survey, optional
            All stores of `df`, which are looked up in a job of its own by default.
        skip : collection of object, default ()
            Stores not to fit.
        tally : Tally, optional
            Counts what is done.
        collect : callable, optional
            Runs the job of a frame of results and decodes them.

        Returns
        -------
        list of (object, LocalResult)
            Stores with what they tell, in the order of the stores, NULL last.
        """
        stores = stores or survey(df, store, features, self.k, self.min_cluster_size)
        tally = tally or Tally()
        named = (f.alias(f"f{i}") for i, f in enumerate(features))
        rows = df.select(store.alias("store"), *named)
        todo = np.array([name is not None and name not in skip for name in stores.stores], bool)
        large = todo & self._too_large(stores, len(features))
        frames = []
        if (todo & ~large).any():
            small = stores.only(todo & ~large)
            known = rows if len(small) == len(stores) else _of_stores(rows, small)
            fit = fit_small if self.algorithm in ALGORITHMS else fit_by_estimator
            frames.append(fit(self, known, small, tally))
        if large.any():
            frames.append(fit_large(self, rows, stores.only(large), tally))
        results = [pair for frame in frames for pair in collect(frame)]
        nameless = stores.sizes().get(None)
        if nameless:
            results.append((None, LocalResult("failed: NULL in the store column", nameless)))
        return sorted(results, key=lambda pair: (pair[0] is None, pair[0]))

    def _too_large(self, stores: Survey, features: int) -> npt.NDArray[np.bool_]:
        """Tell which stores no worker should hold; only built-in algorithms can do without."""
        values = stores.table["rows"].to_numpy() * features
        return np.asarray((values > self.max_values) & (self.algorithm in ALGORITHMS))


def _of_stores(rows: DataFrame, stores: Survey) -> DataFrame:
    """Keep the rows of some stores."""
    wanted = rows.sparkSession.createDataFrame(stores.table.select(["store"]))
    return rows.join(F.broadcast(wanted), "store", "left_semi")
