"""An additive model of columns, refitted with each candidate, judged by held-out rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_array

__all__ = ["Additive", "Steps", "steps"]

Floats = npt.NDArray[np.float64]
Whole = npt.NDArray[np.int64]

_MOST_BINS, _FEWEST_BINS, _ROWS_A_BIN = 24, 4, 100
_PENALTY, _OUTERMOST = 2.0, 0.005


@dataclass(frozen=True, eq=False)
class Steps:
    """What an additive model has of a column: steps at its quantiles, and a line.

    Attributes
    ----------
    bins : numpy.ndarray of shape (rows,)
        The bin of each row; 0 is for what is missing.
    line : numpy.ndarray of shape (rows,)
        The value, without the outermost 0.5 % at both ends, standardised; 0 where missing.
    """

    bins: Whole
    line: Floats

    @property
    def width(self) -> int:
        """How many columns it has in a model."""
        return int(self.bins.max()) + 2

    @property
    def matrix(self) -> Floats:
        """It as a matrix of shape (rows, width)."""
        return np.hstack([np.eye(self.width - 1)[self.bins], self.line[:, None]])

    def shuffled(self, rng: np.random.Generator) -> Steps:
        """Return it with the rows in another order."""
        order = rng.permutation(len(self.bins))
        return Steps(self.bins[order], self.line[order])


def steps(values: Floats) -> Steps | None:
    """Cut values at their quantiles; None if they are all the same.

    Examples
    --------
    >>> steps(np.array([5.0, np.nan, 7.0, np.inf])).bins.tolist()
    [1, 0, 2, 0]
    """
    there = np.isfinite(values)
    known = values[there]
    if not len(known):
        return None
    most = int(np.clip(len(values) // _ROWS_A_BIN, _FEWEST_BINS, _MOST_BINS))
    levels = np.unique(known)
    if len(levels) > most:
        levels = np.unique(np.quantile(known, np.arange(most) / most, method="lower"))
    if len(levels) == 1 and there.all():
        return None
    bins = np.zeros(len(values), dtype=np.int64)
    bins[there] = np.maximum(np.searchsorted(levels, known, side="right"), 1)
    within = np.clip(known, *np.quantile(known, [_OUTERMOST, 1 - _OUTERMOST]))
    spread = float(within.std())
    line = np.zeros(len(values))
    if np.isfinite(spread) and spread > 0:
        line[there] = (within - within.mean()) / spread
    return Steps(bins, line)


class Additive:
    """A sum of functions of columns, by ridge regression of the rows of all folds but one.

    It is a generalised additive model [1]_ of steps at the quantiles of each column, and a line.
    What a further column adds is exact: the model is fitted anew with it, by blocks of the normal
    equations, and judged by the rows of the fold that was left out.

    Parameters
    ----------
    target : numpy.ndarray of shape (rows, outputs)
        Centred, of a total variance of 1.
    folds : numpy.ndarray of shape (rows,)
        The fold of each row, from 0.

    References
    ----------
    .. [1] T. Hastie, R. Tibshirani: Generalized Additive Models. Statistical Science 1 (3), 1986.

    Examples
    --------
    >>> x = np.linspace(-1, 1, 500)
    >>> model = Additive((x / x.std())[:, None], np.arange(500) % 5)
    >>> gain, sure = model.gain(steps(x))
    >>> round(gain, 1), sure
    (1.0, True)
    """

    def __init__(self, target: Floats, folds: Whole) -> None:
        self._target, self._folds = target, folds
        self._parts = int(folds.max()) + 1
        self._size = np.bincount(folds, minlength=self._parts)
        self._squares = np.array([(target[folds == j] ** 2).sum() for j in range(self._parts)])
        self._columns = np.ones((len(folds), 1))
        self._fit()

    @property
    def explained(self) -> float:
        """The share of the target's variance that it explains of held-out rows."""
        return 1 - float(self._errors.sum()) / len(self._folds)

    def add(self, column: Steps) -> None:
        """Add a column."""
        self._columns = np.hstack([self._columns, column.matrix])
        self._fit()

    def gain(self, column: Steps) -> tuple[float, bool]:
        """Return how much more is explained with a column, and if by two standard errors."""
        width, rows = column.width, len(column.bins)
        first = self._folds * width
        at = np.concatenate([first + column.bins, first + width - 1])
        entries = np.concatenate([np.ones(rows), column.line])
        own = csr_array((entries, (at, np.tile(np.arange(rows), 2))), (self._parts * width, rows))
        cross, moment, gram = (
            (own @ other).reshape(self._parts, width, -1)
            for other in (self._columns, self._target, column.matrix)
        )
        errors = [self._error_with(j, cross, moment, gram) for j in range(self._parts)]
        gained = self._errors - np.array(errors)
        of_fold = gained / np.maximum(self._size, 1)
        error = float(of_fold.std(ddof=1)) / self._parts**0.5 if self._parts > 1 else np.inf
        gain = float(gained.sum()) / rows
        return gain, gain > 2 * error

    def _fit(self) -> None:
        """Fit the model without each fold."""
        held = [self._folds == j for j in range(self._parts)]
        self._grams = np.array([self._columns[own].T @ self._columns[own] for own in held])
        self._moments = np.array([self._columns[own].T @ self._target[own] for own in held])
        gram, moment = self._grams.sum(axis=0), self._moments.sum(axis=0)
        penalty = np.diag(np.full(len(gram), _PENALTY))
        self._factors = [cho_factor(gram - own + penalty) for own in self._grams]
        self._weights = [
            cho_solve(factor, moment - own)
            for factor, own in zip(self._factors, self._moments, strict=True)
        ]
        self._errors = np.array(
            [
                self._squares[j] + _error(self._weights[j], self._grams[j], self._moments[j])
                for j in range(self._parts)
            ]
        )

    def _error_with(self, j: int, cross: Floats, moment: Floats, gram: Floats) -> float:
        """Return the squared error of a fold by the model of the others with a further column."""
        others = cross.sum(axis=0) - cross[j]
        solved = cho_solve(self._factors[j], others.T)
        inner = gram.sum(axis=0) - gram[j] - others @ solved
        inner[np.diag_indices_from(inner)] += _PENALTY
        right = moment.sum(axis=0) - moment[j] - others @ self._weights[j]
        step = np.linalg.solve(inner, right)
        weights = self._weights[j] - solved @ step
        error = _error(weights, self._grams[j], self._moments[j])
        error += 2 * float((step * (cross[j] @ weights)).sum()) + _error(step, gram[j], moment[j])
        return float(self._squares[j]) + error


def _error(weights: Floats, gram: Floats, moment: Floats) -> float:
    """Return the squared error of weights, less the target's own squares."""
    return float((weights * (gram @ weights - 2 * moment)).sum())
