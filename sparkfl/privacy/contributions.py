"""What each customer adds to private figures, bounded whoever it is and however many its rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.privacy.noise import UNIT
from sparkfl.statistics.summary import Matrix

__all__ = ["bounded_sums", "bounded_vectors", "part_weight", "weights_of"]

_BELOW = 1 - 2.0**-30
"""So much smaller are the parts of a customer made, that what doubles round does not make any
larger than 1; of four million rows a customer it still does not."""


def weights_of(entity: Matrix | None, rows: int) -> Matrix:
    """Weigh each row by one over the rows of its customer, so that every customer counts once.

    Examples
    --------
    >>> weights_of(np.array([7.0, 8.0, 7.0]), 3).tolist(), weights_of(None, 2).tolist()
    ([0.5, 1.0, 0.5], [1.0, 1.0])
    """
    if entity is None:
        return np.ones(rows)
    _, who, size = np.unique(entity, return_inverse=True, return_counts=True)
    weights: Matrix = 1.0 / size[who]
    return weights


def bounded_vectors(residual: Matrix, radius: float, norm: int, squares: bool) -> Matrix:
    """Say of each row what it adds to its cluster: one, itself, and its squares.

    A row longer than the radius is shortened to it. The three parts weigh alike, so that together
    they have a norm of at most 1: the squares of what has a Euclidean norm of at most 1 have a sum
    of at most 1.

    Parameters
    ----------
    residual : numpy.ndarray, shape (n, d)
        Rows, from the centre of their cluster.
    radius : float
        The largest norm that counts.
    norm : {1, 2}
        Whether the sum of absolute values or the Euclidean norm is bounded.
    squares : bool
        Whether squares are a part.

    Returns
    -------
    numpy.ndarray, shape (n, 1 + d) or (n, 1 + 2 d)

    Examples
    --------
    >>> vectors = bounded_vectors(np.array([[3.0, 4.0], [0.0, 1.0]]), 2.0, norm=2, squares=False)
    >>> np.linalg.norm(vectors, axis=1).round(3).tolist()
    [1.0, 0.791]
    """
    size = np.linalg.norm(residual, ord=norm, axis=1)
    inside = residual / np.maximum(size, radius)[:, None]
    parts = [np.ones((len(residual), 1)), inside, *([inside**2] if squares else [])]
    vectors: Matrix = np.concatenate(parts, axis=1) * part_weight(len(parts), norm)
    return vectors


def part_weight(parts: int, norm: int) -> float:
    """Weight of each of so many parts, that together have a norm of 1."""
    return float(parts ** (-1.0 / norm))


def bounded_sums(
    vectors: Matrix,
    cell: npt.NDArray[np.integer],
    cells: int,
    entity: Matrix | None = None,
) -> npt.NDArray[np.int64]:
    """Add up, cell by cell, what customers add, in units of 1/`UNIT` and exactly.

    One customer's rows count as their mean: their norm is at most 1, in whatever cells they are.
    It is cut to whole units toward zero, so that it does not become any longer.

    Parameters
    ----------
    vectors : numpy.ndarray, shape (n, width)
        What each row would add if it were its customer's only one, of norm 1 at most.
    cell : numpy.ndarray of int, shape (n,)
        Cell of each row.
    cells : int
        Number of cells.
    entity : numpy.ndarray, shape (n,), optional
        Number of the customer of each row; without, each row is one.

    Returns
    -------
    numpy.ndarray of int64, shape (cells, width)

    Examples
    --------
    >>> rows, who = np.ones((4, 1)), np.array([1.0, 1.0, 1.0, 2.0])
    >>> (bounded_sums(rows, np.array([0, 0, 1, 1]), 2, who) / UNIT).round(3).tolist()
    [[0.667], [1.333]]
    """
    if entity is not None and len(entity):
        vectors, cell = _by_customer(vectors, cell, cells, entity)
    whole = np.trunc(vectors * (_BELOW * UNIT))
    # Sums of whole numbers below 2**53 are exact in doubles: of eight billion customers.
    sums = [np.bincount(cell, column, cells) for column in whole.T]
    return np.stack(sums, axis=1).astype(np.int64)


def _by_customer(
    vectors: Matrix, cell: npt.NDArray[np.integer], cells: int, entity: Matrix
) -> tuple[Matrix, npt.NDArray[np.int64]]:
    """Bring the rows of a customer in a cell together, each weighing one over its rows."""
    who = np.unique(entity, return_inverse=True)[1]
    pair, place = np.unique(who * cells + cell, return_inverse=True)
    weighted = vectors * weights_of(entity, len(vectors))[:, None]
    sums = [np.bincount(place, column, len(pair)) for column in weighted.T]
    return np.stack(sums, axis=1), pair % cells
