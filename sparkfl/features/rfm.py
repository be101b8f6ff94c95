"""Scores of recency, frequency and monetary value by quantiles of all customers."""

from __future__ import annotations

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from sparkfl.columns import INTERNAL, check_taken, require_numbers, resolve_all
from sparkfl.options import Option

__all__ = ["rfm_cuts", "rfm_scores"]

_SCORES = ("r_score", "f_score", "m_score")
_CUTS, _ROW = INTERNAL + "cuts", INTERNAL + "store_"
_OPTION = Option("scores", int, 5, "How many scores there are.", minimum=2, maximum=9)


def rfm_scores(
    features: DataFrame,
    recency: str,
    frequency: str,
    monetary: str,
    per: str | Sequence[str] = (),
    scores: int = 5,
    cuts: DataFrame | None = None,
) -> DataFrame:
    """Score customers from 1 to 5, the best, in each of three features, and say all as ``543``.

    Scores go by exact quantiles, so that customers with equal features have equal scores: one more
    than the number of quantiles below the feature. Recency counts backwards.

    Parameters
    ----------
    features : pyspark.sql.DataFrame
        A row a customer.
    recency, frequency, monetary : str
        Columns: days since the last order, number of orders, their sum.
    per : str or sequence of str, default ()
        Columns such as the store, within which customers are compared; all are by default.
    scores : int, default 5
        How many scores there are, from 2 to 9.
    cuts : pyspark.sql.DataFrame, optional
        What :func:`rfm_cuts` found in training rows, to score others by; by default those of
        `features` themselves.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns of `features`, and ``r_score``, ``f_score``, ``m_score`` (int) and ``rfm``
        (string); NULL where a feature is.

    Raises
    ------
    ParameterError
        If `scores` is not such a number.
    SchemaError
        If a column is missing, not a number, or named like a score.

    Examples
    --------
    >>> rows = spark.range(1, 11).selectExpr("id AS days", "11 - id AS orders", "id * 0D AS spent")
    >>> scored = rfm_scores(rows, "days", "orders", "spent")
    >>> scored.orderBy("days").select("rfm").first().rfm
    '551'
    """
    names = [per] if isinstance(per, str) else list(per)
    check_taken(features.columns, [*_SCORES, "rfm"])
    measures = resolve_all(features, [recency, frequency, monetary])
    require_numbers(measures)
    if cuts is None:
        cuts = rfm_cuts(features, recency, frequency, monetary, per, scores)
    groups = [column.column for column in resolve_all(features, names)]
    same = sf.lit(True)
    for i, group in enumerate(groups):
        same = same & group.eqNullSafe(sf.col(f"{_ROW}{i}"))
    joined = features.join(sf.broadcast(cuts), same, "left")
    made = [
        _score(measure.column, sf.get(sf.col(_CUTS), sf.lit(i)), best_is_low=i == 0)
        for i, measure in enumerate(measures)
    ]
    scored = joined.select("*", *(s.alias(n) for s, n in zip(made, _SCORES, strict=True)))
    rfm = sf.concat(*(sf.col(name).cast("string") for name in _SCORES))
    return scored.select("*", rfm.alias("rfm")).drop(*cuts.columns)


def rfm_cuts(
    features: DataFrame,
    recency: str,
    frequency: str,
    monetary: str,
    per: str | Sequence[str] = (),
    scores: int = 5,
) -> DataFrame:
    """Find the quantiles that scores go by, to score other customers by the same.

    Parameters
    ----------
    features, recency, frequency, monetary, per, scores
        See :func:`rfm_scores`.

    Returns
    -------
    pyspark.sql.DataFrame
        A row a group.

    Examples
    --------
    >>> rows = spark.range(1, 11).selectExpr("double(id) AS days", "id AS orders", "0 AS spent")
    >>> rfm_cuts(rows, "days", "orders", "spent", scores=2).first()[0]
    [[5.5], [5.5], [0.0]]
    """
    scores = _OPTION.check(scores)
    names = [per] if isinstance(per, str) else list(per)
    measures = resolve_all(features, [recency, frequency, monetary])
    require_numbers(measures)
    shares = [i / scores for i in range(1, scores)]
    groups = resolve_all(features, names)
    found = [sf.percentile(m.column.cast("double"), shares) for m in measures]
    keys = [group.column.alias(f"{_ROW}{i}") for i, group in enumerate(groups)]
    return features.groupBy(*keys).agg(sf.array(*found).alias(_CUTS))


def _score(measure: Column, cuts: Column, best_is_low: bool) -> Column:
    """Count the cuts that are passed."""
    value = measure.cast("double")
    passed = sf.filter(cuts, lambda cut: cut >= value if best_is_low else cut < value)
    return sf.when(value.isNotNull() & ~sf.isnan(value), sf.size(passed) + 1)
