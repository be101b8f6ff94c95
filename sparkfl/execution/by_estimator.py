"""One store at a time in pandas, by any scikit-learn estimator."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sparkfl.execution.entities import CONTENT, ENTITY, is_guarded
from sparkfl.execution.meter import Tally
from sparkfl.execution.survey import Survey
from sparkfl.local.batch import Batch
from sparkfl.local.clusters import clusters
from sparkfl.local.estimator import estimator
from sparkfl.local.fitting import LocalFit, failure, parts
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
        Valid rows of these stores: `store`, `entity` if they name theirs, and `features`.
    features : int
        Number of features.
    stores : Survey
        The stores.
    tally : Tally
        Counts what is done.
    """
    del features, stores
    guarded = is_guarded(rows)

    def work(key: tuple[Any, ...], frame: pandas.DataFrame) -> pandas.DataFrame:
        values = np.stack(frame["features"].to_list())
        entity, content = (
            frame[name].to_numpy(np.float64) if name in frame else None
            for name in (ENTITY, CONTENT)
        )
        try:
            with single_thread(), np.errstate(all="ignore"):
                result = _fit(fit, values, entity, content)
        except Exception as error:  # noqa: BLE001  a store's failure is its verdict
            result = failure(error, len(values))
        tally.add(1, len(values))
        told = encode(pa.array([key[0]]), [fit.counted(result)], guarded)
        encoded: pandas.DataFrame = told.to_pandas()
        return encoded

    type_ = rows.schema["store"].dataType.simpleString()
    return rows.groupBy("store").applyInPandas(work, result_schema(type_, guarded))


def _fit(fit: LocalFit, rows: Matrix, entity: Matrix | None, content: Matrix | None) -> LocalResult:
    """Screen, scale, label and release."""
    entities = len(rows) if entity is None else len(np.unique(entity))
    k = int(clusters(entities, fit.k))
    if too_small(entities, k, fit.rules.min_size):
        return LocalResult(Verdict.TOO_SMALL, len(rows))
    batch = replace(Batch.of_rows(rows, entity=entity), place=np.arange(len(rows))[None])
    if constant(batch.rows)[0]:
        return LocalResult(Verdict.CONSTANT, len(rows))
    scaled, (own,) = fit.scaled(batch)
    if isinstance(own, Verdict):
        return LocalResult(own, len(rows))
    values = scaled.rows[0].T
    model = estimator(fit.algorithm, k, fit.seed, dict(fit.algorithm_params))
    labels = np.unique(np.asarray(model.fit_predict(values)), return_inverse=True)[1]
    (members,) = fit.members(scaled, labels[None], int(labels.max()) + 1)
    found = ClusterSummary.of_rows(values, labels)
    whose = parts(scaled, labels, content, fit.rules.min_size) if fit.guarded else None
    return fit.released(len(rows), found, own, Strategy.ESTIMATOR, members, whose)
