"""The nearest centre, by linear discriminants."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.summary import Matrix

__all__ = ["Discriminants", "nearest"]


@dataclass(frozen=True)
class Discriminants:
    """Linear functions of a row that say which centre is nearest.

    ``(c_j - c_0) . (x - c_0) - |c_j - c_0|^2 / 2`` is half of what x is nearer to centre j than to
    the first [1]_; the largest wins, or the first centre if none is positive. That takes half of
    the arithmetic of distances, and keeps the digits of rows far away from all centres.

    Parameters
    ----------
    origin : numpy.ndarray, shape (..., d)
        First centre.
    weight : numpy.ndarray, shape (..., centres - 1, d)
        Way from it to each of the others.
    bias : numpy.ndarray, shape (..., centres - 1)
        Half the square of that way; infinite for a centre that is not there.

    References
    ----------
    .. [1] Duda, Hart, Stork, "Pattern Classification", 2001, section 2.6.1.

    Examples
    --------
    >>> Discriminants.of_centres(np.array([[0.0], [4.0]])).scores(np.array([[1.0], [3.0]]))
    array([[-4.],
           [ 4.]])
    """

    origin: Matrix
    weight: Matrix
    bias: Matrix

    @classmethod
    def of_centres(cls, centres: Matrix) -> Discriminants:
        """Derive them from centres of shape (..., centres, d); one of NaNs is not there."""
        origin, weight = centres[..., 0, :], centres[..., 1:, :] - centres[..., :1, :]
        bias = np.zeros(weight.shape[:-1])
        for feature in range(centres.shape[-1]):
            bias += weight[..., feature] ** 2
        there = ~np.isnan(bias)
        return cls(origin, np.where(there[..., None], weight, 0), np.where(there, bias / 2, np.inf))

    @property
    def flat(self) -> Matrix:
        """Their numbers, shape (..., numbers): the origin, then each weight and its bias.

        So `RowMath.nearest` of the SQL extension reads them.
        """
        others = np.concatenate([self.weight, self.bias[..., None]], axis=-1)
        *outer, rows, columns = others.shape
        return np.concatenate([self.origin, others.reshape(*outer, rows * columns)], axis=-1)

    def scores(self, rows: Matrix) -> Matrix:
        """Evaluate them for rows of shape (rows, d), shape (rows, centres - 1)."""
        scores = np.zeros((len(rows), len(self.bias)))
        for feature, origin in enumerate(self.origin):
            scores += (rows[:, feature] - origin)[:, None] * self.weight[:, feature]
        return scores - self.bias


def nearest(rows: Matrix, centres: Matrix) -> tuple[npt.NDArray[np.int64], Matrix]:
    """Find the nearest centre of each row.

    Parameters
    ----------
    rows : numpy.ndarray, shape (rows, d)
        What is assigned.
    centres : numpy.ndarray, shape (centres, d)
        What it is assigned to.

    Returns
    -------
    tuple of numpy.ndarray, each of shape (rows,)
        Number of the nearest centre, the lowest on a tie, and the Euclidean distance to it.

    Examples
    --------
    >>> nearest(np.array([[0.0], [7.0]]), np.array([[1.0], [9.0]]))
    (array([0, 1]), array([1., 2.]))
    """
    scores = Discriminants.of_centres(centres).scores(rows)
    index = np.concatenate([np.zeros((len(rows), 1)), scores], axis=1).argmax(axis=1)
    with np.errstate(over="ignore"):
        return index, np.sqrt(((rows - centres[index]) ** 2).sum(axis=1))
