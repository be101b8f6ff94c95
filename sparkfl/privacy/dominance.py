"""Dominance: what is told must not be mostly one entity's."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["dominated_rows", "dominated_sums"]


def dominated_rows(n: Counts, most: Counts, share: float) -> npt.NDArray[np.bool_]:
    """Tell where one entity has more than a share of the rows.

    Parameters
    ----------
    n : numpy.ndarray of int, of any shape
        Rows.
    most : numpy.ndarray of int, of the same shape
        Rows of the entity that has most, or more.
    share : float
        The largest share that is allowed.

    Examples
    --------
    >>> dominated_rows(np.array([10, 10]), np.array([5, 6]), 0.5).tolist()
    [False, True]
    """
    return np.asarray(most > share * n)


def dominated_sums(ss: Matrix, largest: Matrix, share: float) -> npt.NDArray[np.bool_]:
    """Tell where one entity has more than a share of the sum of squared deviations.

    Of a sum that one entity dominates its value follows, nearly: it is the mean, give or take the
    root of the sum.

    Parameters
    ----------
    ss : numpy.ndarray, shape (k, d)
        Sum of squares of each cluster and feature.
    largest : numpy.ndarray, shape (k, d)
        The largest part of it that an entity has, or more.
    share : float
        The largest share that is allowed.

    Returns
    -------
    numpy.ndarray of bool, shape (k, d)
        False for a feature that does not vary: its sum is nobody's.

    Examples
    --------
    >>> x = np.array([[0.0] * 9 + [9.0], [0.0, 9.0] * 5])
    >>> squares = (x - x.mean(axis=1, keepdims=True)) ** 2
    >>> ss, largest = squares.sum(axis=1)[:, None], squares.max(axis=1)[:, None]
    >>> dominated_sums(ss, largest, share=0.5).tolist()
    [[True], [False]]
    """
    return np.asarray((largest > share * ss) & (ss > 0))
