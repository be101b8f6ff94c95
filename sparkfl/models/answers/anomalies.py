"""How far each row is from its cluster, against the rows of the training."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL, check_taken, without_internal
from sparkfl.models.answers.explanation import exact, forgotten
from sparkfl.models.answers.told import Tell, ranked, told
from sparkfl.models.names import VALID, inner
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkfl.models.answers.model import Asked

__all__ = [
    "KNOTS",
    "OUTPUTS",
    "cluster_anomalies",
    "cluster_scores",
    "explain_cluster",
    "flagged",
    "score_knots",
    "severity",
]

OUTPUTS = ("is_anomaly", "anomaly_score", "severity", "contributions")
"""The columns that are added, in order."""
_SCORES = "the scores of the training rows"
KNOTS = np.linspace(0.0, 1.0, 1001)
"""Shares of the training rows whose scores are remembered."""


def cluster_scores(
    x: Matrix, cluster: Matrix, centres: Matrix, spreads: Matrix
) -> tuple[Matrix, Matrix]:
    """Return how far rows are from their centres, in spreads, and each feature's part of it.

    Parameters
    ----------
    x : numpy.ndarray, shape (rows, d)
        The features.
    cluster : numpy.ndarray, shape (rows,)
        The cluster of each.
    centres : numpy.ndarray, shape (k, d)
        The centres.
    spreads : numpy.ndarray, shape (k,)
        Root mean squared distance of the training rows of each; where it is 0, or there are none,
        that of all clusters is taken.

    Returns
    -------
    score : numpy.ndarray, shape (rows,)
        Distances over spreads.
    parts : numpy.ndarray, shape (rows, d)
        They add up to the score.

    Examples
    --------
    >>> centres, spreads = np.array([[0.0, 0.0]]), np.array([2.0])
    >>> score, parts = cluster_scores(np.array([[3.0, 4.0]]), np.array([0.0]), centres, spreads)
    >>> score.tolist(), parts.round(9).tolist()
    ([2.5], [[0.9, 1.6]])
    """
    known = np.isfinite(spreads) & (spreads > 0)
    usual = spreads[known].mean() if known.any() else 1.0
    own = np.nan_to_num(cluster).astype(np.int64)
    squares = (x - centres[own]) ** 2
    total = squares.sum(axis=1)
    score = np.sqrt(total) / np.where(known, spreads, usual)[own]
    share = np.divide(squares, total[:, None], out=np.zeros_like(squares), where=total[:, None] > 0)
    return score, share * score[:, None]


def cluster_anomalies(of: Callable[[Any], Any]) -> Callable[..., DataFrame]:
    """Return the answer to `model_detect_anomalies` of a clustering, given its centres."""

    def answer(model: Asked, query: DataFrame, contamination: float, top_k: int) -> DataFrame:
        figures = model.facts.figures
        if not figures.get("scores"):
            raise forgotten(_SCORES)
        centres, spreads = np.array(of(model.fitted)), np.array(figures["spreads"], float)
        scores = np.array(figures["scores"])

        def tell(x: Matrix, cluster: Matrix) -> tuple[Sequence[Matrix], Matrix]:
            score, parts = cluster_scores(x, cluster, centres, spreads)
            return (score, severity(score, scores)), parts

        check_taken(query.columns, OUTPUTS)
        rows = model.run(query)
        prediction = F.col(inner("predictionCol"))
        found = told(tell, model.features, prediction, ("score", "severity"))
        return flagged(rows, found, model.feature_names(), contamination, top_k)

    return answer


def score_knots(rows: DataFrame, score: Column) -> list[float]:
    """Return the scores of training rows at the shares `KNOTS` of them."""
    # As text it is one call of the JVM, not a thousand.
    shares = F.expr(f"array({', '.join(f'{knot!r}D' for knot in KNOTS.tolist())})")
    row = rows.agg(F.percentile_approx(score, shares, F.lit(10_000))).first()
    assert row is not None
    return list(row[0])


def explain_cluster(of: Callable[[Any], Any]) -> Callable[[Asked], Tell]:
    """Return what explains how far rows are from their centres, given these."""

    def tell_of(model: Asked) -> Tell:
        figures = model.facts.figures
        if "spreads" not in figures:
            raise forgotten(_SCORES)
        centres, spreads = np.array(of(model.fitted)), np.array(figures["spreads"], float)

        def tell(x: Matrix, cluster: Matrix) -> tuple[Sequence[Matrix], Matrix]:
            score, parts = cluster_scores(x, cluster, centres, spreads)
            return exact(np.zeros_like(score), parts)

        return tell

    return tell_of


def severity(score: Matrix, knots: Matrix) -> Matrix:
    """Return the percentile of scores among those of the training, given these at `KNOTS`.

    Examples
    --------
    >>> severity(np.array([0.0, 5.0, 99.0]), np.linspace(0.0, 10.0, 1001)).tolist()
    [0.0, 50.0, 100.0]
    """
    return 100.0 * np.interp(score, *_increasing(knots))


def _increasing(knots: Matrix) -> tuple[Matrix, Matrix]:
    """Return the distinct knots, each with the largest share of rows up to it."""
    distinct, first = np.unique(knots[::-1], return_index=True)
    return distinct, KNOTS[::-1][first]


def flagged(
    rows: DataFrame, found: Column, names: Sequence[str], contamination: float, top_k: int
) -> DataFrame:
    """Add the columns of the answer, NULL in a row that is not valid."""
    told_of = INTERNAL + "found"
    rows = rows.withColumn(told_of, F.when(F.col(VALID), found))
    anomaly = F.col(told_of).getField("severity") > 100.0 * (1.0 - contamination)
    parts = F.col(told_of).getField("parts")
    rows = rows.withColumns(
        {
            "is_anomaly": anomaly,
            "anomaly_score": F.col(told_of).getField("score"),
            "severity": F.col(told_of).getField("severity"),
            "contributions": F.when(anomaly, ranked(parts, names, "contribution", top_k)),
        }
    )
    return without_internal(rows)
