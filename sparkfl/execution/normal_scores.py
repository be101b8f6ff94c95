"""Normal scores in SQL."""

from __future__ import annotations

import numpy as np

from sparkfl.execution.numbers import Numbers
from sparkfl.statistics.normal_scores import NormalScores

__all__ = ["normal_scores_sql"]


def normal_scores_sql(features: str, normal_scores: NormalScores) -> str:
    """Write the array of scaled features with their normal scores: `NormalScores.transform`.

    The line between knots is the sum of its pieces: each rises as far as the feature goes along it.

    Parameters
    ----------
    features : str
        Text of an array of doubles.
    normal_scores : NormalScores
        Those of each.

    Examples
    --------
    >>> two = NormalScores(np.array([[-1.0, 1.0]]), np.array([[-0.7, 0.7]]))
    >>> spark.sql(f"SELECT {normal_scores_sql('array(1D)', two)} AS x").first().x
    [0.9]
    """
    knots, scores = normal_scores.knots, normal_scores.scores
    width = np.diff(knots)
    slope = np.divide(np.diff(scores), width, out=np.zeros_like(width), where=width > 0)
    pieces = width.shape[1]
    first = Numbers(scores[:, 0]).at("i")
    line = first
    if pieces:
        place = f"i * {pieces} + j"
        start, length, rise = (
            Numbers(values.ravel()).at(place) for values in (knots[:, :-1], width, slope)
        )
        along = f"{rise} * least(greatest(x - {start}, 0.0D), {length})"
        line = f"aggregate(sequence(0, {pieces - 1}), {first}, (a, j) -> a + {along})"
    return f"transform({features}, (x, i) -> ({line} + 2 * x) / 3)"
