"""The Spark jobs that fit every store in a worker and let out what passes the gate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.sql import functions as F

from sparkfl.execution.by_estimator import fit_by_estimator
from sparkfl.execution.chunked import too_large
from sparkfl.execution.entities import CONTENT, columns_of
from sparkfl.execution.large import fit_large
from sparkfl.execution.meter import Tally
from sparkfl.execution.small import fit_small
from sparkfl.execution.survey import Survey, survey
from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.local.clusters import FEWEST
from sparkfl.local.fitting import LocalFit
from sparkfl.local.result import LocalResult, Verdict, decode

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["LocalTraining", "Results", "collect"]

Results = Iterable[tuple[Any, LocalResult]]


def collect(results: DataFrame) -> Results:
    """Run the job of a frame of results, and decode them."""
    return decode(results.toArrow())


@dataclass(frozen=True)
class LocalTraining(LocalFit):
    """How all stores are fitted, in one Spark job, or two if some are too large for a worker.

    Examples
    --------
    >>> rows = [(s, [float(x % 2 * 50 + x)]) for s in ("north", "south") for x in range(40)]
    >>> df = spark.createDataFrame(rows, "store string, features array<double>")
    >>> from sparkfl.privacy.rules import Rules
    >>> training = LocalTraining("kmeans", k=2, seed=0, rules=Rules(10))
    >>> [(s, str(r.verdict), str(r.strategy)) for s, r in training.fit_stores(df, 1).items()]
    [('north', 'ok', 'batched'), ('south', 'ok', 'batched')]
    """

    def fit_stores(
        self,
        rows: DataFrame,
        features: int,
        stores: Survey | None = None,
        skip: Collection[Any] = (),
        tally: Tally | None = None,
        collect: Callable[[DataFrame], Results] = collect,
    ) -> dict[Any, LocalResult]:
        """Fit all stores; one store's failure does not stop the others.

        Parameters
        ----------
        rows : pyspark.sql.DataFrame
            Rows of all stores: `store`, NULL for rows that have none, and `features`, an array of
            finite doubles, NULL for a row to leave out; and `entity`, if they name theirs.
        features : int
            Length of the arrays.
        stores : Survey, optional
            All stores of `rows`, which are looked up in a job of its own by default.
        skip : collection of object, default ()
            Stores not to fit.
        tally : Tally, optional
            Counts what is done.
        collect : callable, optional
            Runs the job of a frame of results and decodes them.

        Returns
        -------
        dict of object to LocalResult
            Results by store, in the order of the stores, NULL last.
        """
        if stores is None:
            own = self.scaling is None
            stores = survey(rows, features, self.k or FEWEST, self.rules, moments=own)
        tally = tally or Tally()
        valid = rows.where(F.col("features").isNotNull()).select(
            "store", *columns_of(rows, self.guarded)
        )
        size = stores.table["rows"].to_numpy()
        named = np.array([name is not None and name not in skip for name in stores.stores], bool)
        todo = named & (size > 0)
        # Only built-in algorithms can do without all rows of a store at once.
        large = too_large(stores, features, self.max_values) & (self.algorithm in ALGORITHMS)
        frames = []
        if (todo & ~large).any():
            small = stores.only(todo & ~large)
            fit = fit_small if self.algorithm in ALGORITHMS else fit_by_estimator
            frames.append(fit(self, small.of(valid, stores), features, small, tally))
        if (todo & large).any():
            plain = valid.drop(CONTENT)
            frames.append(fit_large(self, plain, features, stores.only(todo & large), tally))
        found = {store: result for frame in frames for store, result in collect(frame)}
        rows_of = stores.by_store("rows")
        unfitted = {
            store: LocalResult(Verdict.NO_STORE if store is None else Verdict.TOO_SMALL, rows)
            for store, rows in rows_of.items()
            if store not in found and store not in skip
        }
        return stores.described({**unfitted, **found})
