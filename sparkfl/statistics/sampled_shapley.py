"""Shapley values of any prediction, estimated from walks between rows."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sparkfl.statistics.summary import Matrix

__all__ = ["sampled_shapley"]

_PER_ROW = 2**19
"""Numbers, about, that a row may be turned into."""
_AT_ONCE = 2**22
"""Numbers that are scored together."""


def sampled_shapley(
    score: Callable[[Matrix], Matrix], x: Matrix, background: Matrix, seed: int = 0
) -> tuple[Matrix, Matrix, Matrix]:
    """Return by how much each feature moves what is scored, against a sample of other rows.

    From each row of the background a walk leads to the row that is explained: its features take
    their values one after the other, in an order drawn at random, and then once more in the
    opposite order. What a feature changes on the way, averaged over the walks, estimates its
    Shapley value (Castro, Gómez and Tejada 2009; pairs of orders: Mitchell, Cooper, Frank and
    Holmes 2022). Each walk ends at the row, so that values and baseline add up to its score.

    Parameters
    ----------
    score : callable
        ``score(x)`` gives shape (rows, outputs).
    x : numpy.ndarray, shape (rows, d)
        The rows to explain.
    background : numpy.ndarray, shape (m, d)
        The sample; its first rows are used, as many as 2^19 numbers a row allow, two or more.
    seed : int, default 0
        Of the orders.

    Returns
    -------
    values : numpy.ndarray, shape (rows, outputs, d)
        The estimates.
    baseline : numpy.ndarray, shape (outputs,)
        The mean score of the background.
    error : numpy.ndarray, shape (rows, outputs)
        The largest standard error of the row's values.

    Examples
    --------
    >>> def product(x):
    ...     return x[:, :1] * x[:, 1:]
    >>> values, baseline, _ = sampled_shapley(product, np.array([[2.0, 3.0]]), np.zeros((1, 2)))
    >>> values.tolist(), baseline.tolist()
    ([[[3.0, 3.0]]], [0.0])
    """
    d = x.shape[1]
    most = max(2, _PER_ROW // (2 * d * (d + 1)))
    start = background[:most]
    ranks = np.argsort(np.random.default_rng(seed).random(start.shape), axis=1)
    ranks = np.concatenate([ranks, d - 1 - ranks])
    taken = ranks[:, None, :] < np.arange(d + 1)[None, :, None]
    own = np.concatenate([start, start])[:, None, :]
    step = max(1, _AT_ONCE // taken.size)
    values, errors = [], []
    for first in range(0, len(x), step):
        rows = x[first : first + step]
        walks = np.where(taken, rows[:, None, None, :], own)
        scored = score(walks.reshape(-1, d)).reshape(len(rows), *taken.shape[:2], -1)
        gains = np.take_along_axis(np.diff(scored, axis=2), ranks[None, :, :, None], axis=2)
        pairs = (gains[:, : len(start)] + gains[:, len(start) :]) / 2
        values.append(pairs.mean(axis=1).swapaxes(1, 2))
        spread = pairs.std(axis=1, ddof=1) if len(start) > 1 else np.zeros_like(pairs[:, 0])
        errors.append(spread.max(axis=1) / np.sqrt(len(start)))
    baseline = score(start).mean(axis=0)
    if not values:
        return np.empty((0, len(baseline), d)), baseline, np.empty((0, len(baseline)))
    return np.concatenate(values), baseline, np.concatenate(errors)
