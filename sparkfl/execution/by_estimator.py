"""One store at a time in pandas, by any scikit-learn estimator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sparkfl.execution.progress import Tally
from sparkfl.execution.survey import Survey
from sparkfl.local.batch import Batch
from sparkfl.local.clusters import clusters
from sparkfl.local.estimator import estimator
from sparkfl.local.fitting import LocalFit, failure
from sparkfl.local.result import LocalResult, Strategy, Verdict, encode, result_schema
from sparkfl.local.threads import single_thread
from sparkfl.privacy.screen import constant, too_small
from sparkfl.statistics.summary import ClusterSummary, Matrix

if TYPE_CHECKING:
    import pandas
    from pyspark.sql import DataFrame

__all__ = ["fit_by_estimator"]


def fit_by_estimator(
    fit: LocalFit, rows: DataFrame, features: int, stores: Survey, tally: Tally
) -> DataFrame:
    """Plan the fits of stores by a scikit-learn estimator; a worker holds a store as a whole.

    Rows that the estimator calls noise (label -1) are a cluster like the others.

    Parameters
    ----------
    fit : LocalFit
        How they are fitted; `algorithm` is the path of a class.
    rows : pyspark.sql.DataFrame
        Valid rows of these stores: `store` and `features`.
    features : int
        Number of features.
    stores : Survey
        The stores.
    tally : Tally
        Counts what is done.
    """
    del features, stores

    def work(key: tuple[Any, ...], frame: pandas.DataFrame) -> pandas.DataFrame:
        values = np.stack(frame["features"].to_list())
        try:
            with single_thread(), np.errstate(all="ignore"):
                result = _fit(fit, values)
        except Exception as error:  # noqa: BLE001  a store's failure is its verdict
            result = failure(error, len(values))
        tally.add(1, len(values))
        encoded: pandas.DataFrame = encode(pa.array([key[0]]), [result]).to_pandas()
        return encoded

    type_ = rows.schema["store"].dataType.simpleString()
    return rows.groupBy("store").applyInPandas(work, result_schema(type_))


def _fit(fit: LocalFit, rows: Matrix) -> LocalResult:
    """Screen, scale, label and release."""
    k = int(clusters(len(rows), fit.k))
    if too_small(len(rows), k, fit.min_cluster_size):
        return LocalResult(Verdict.TOO_SMALL, len(rows))
    batch = Batch.of_rows(rows)
    if constant(batch.rows)[0]:
        return LocalResult(Verdict.CONSTANT, len(rows))
    scaled, (own,) = fit.scaled(batch)
    values = scaled.rows[0].T
    model = estimator(fit.algorithm, k, fit.seed, dict(fit.algorithm_params))
    found = ClusterSummary.of_rows(values, np.asarray(model.fit_predict(values)))
    return fit.released(len(rows), found, own, Strategy.ESTIMATOR)
