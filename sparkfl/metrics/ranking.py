"""How well scores rank the rows of a positive class above those of a negative one."""

from __future__ import annotations

import numpy as np

from sparkfl.statistics.summary import Matrix

__all__ = ["pr_auc", "roc_auc"]


def roc_auc(score: Matrix, positive: Matrix, negative: Matrix) -> float:
    """Return the area under the ROC curve: how likely a positive row has the greater score.

    Parameters
    ----------
    score : numpy.ndarray, shape (n,)
        Scores; one may be there several times.
    positive, negative : numpy.ndarray, shape (n,)
        Rows of either class that have the score.

    Returns
    -------
    float
        The area; NaN where a class has no rows.

    Examples
    --------
    >>> roc_auc(np.array([0.1, 0.4, 0.4]), np.array([0.0, 1.0, 0.0]), np.array([1.0, 0.0, 1.0]))
    0.75
    """
    hits, misses = _by_score(score, positive, negative)
    below = np.cumsum(misses) - misses
    pairs = hits.sum() * misses.sum()
    return float((hits * (below + misses / 2)).sum() / pairs) if pairs else np.nan


def pr_auc(score: Matrix, positive: Matrix, negative: Matrix) -> float:
    """Return the area under the precision-recall curve, by trapezoids as MLlib's.

    The curve begins at recall 0 with the precision of the greatest score.

    Parameters
    ----------
    score : numpy.ndarray, shape (n,)
        Scores; one may be there several times.
    positive, negative : numpy.ndarray, shape (n,)
        Rows of either class that have the score.

    Returns
    -------
    float
        The area; NaN where a class has no rows.

    Examples
    --------
    >>> pr_auc(np.array([0.1, 0.4, 0.8]), np.array([0.0, 1.0, 1.0]), np.array([1.0, 0.0, 0.0]))
    1.0
    """
    hits, misses = _by_score(score, positive, negative)
    if not hits.sum() or not misses.sum():
        return np.nan
    found, wrong = np.cumsum(hits[::-1]), np.cumsum(misses[::-1])
    precision, recall = found / (found + wrong), found / found[-1]
    precision, recall = np.append(precision[:1], precision), np.append(0.0, recall)
    return float((np.diff(recall) * (precision[1:] + precision[:-1]) / 2).sum())


def _by_score(score: Matrix, positive: Matrix, negative: Matrix) -> tuple[Matrix, Matrix]:
    """Return the rows of both classes for each distinct score, ascending."""
    _, place = np.unique(score, return_inverse=True)
    hits, misses = (np.bincount(place, rows).astype(np.float64) for rows in (positive, negative))
    return hits, misses
