"""A feature's place in its marginal, as a normal quantile, from released cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np

from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["KNOTS", "NormalScores", "marginal"]

KNOTS = 32
"""Knots of a feature's quantiles: equally probable, so that they are close where customers are."""
_NEAREST = 1e-4
"""Knots nearer than this, in deviations, are one: a steeper line would magnify rounding errors."""


@dataclass(frozen=True)
class NormalScores:
    """Replace a scaled feature x by (G(x) + 2 x) / 3, with G its normal score.

    G is the normal quantile of the share of customers below x [1]_, linear between knots and
    constant beyond them: it orders what moments cannot tell apart, while x itself keeps how far an
    extreme customer is.

    Parameters
    ----------
    knots : numpy.ndarray, shape (d, K)
        Values of each feature, ascending; a feature with fewer knots repeats its last.
    scores : numpy.ndarray, shape (d, K)
        G at the knots.

    References
    ----------
    .. [1] van der Waerden, "Order tests for the two-sample problem and their power", Indagationes
       Mathematicae, 1952.

    Examples
    --------
    >>> scores = NormalScores(np.array([[-1.0, 1.0]]), np.array([[-0.7, 0.7]]))
    >>> scores.transform(np.array([[0.0], [1.0], [4.0]])).round(2).tolist()
    [[0.0], [0.9], [2.9]]
    """

    knots: Matrix
    scores: Matrix

    @classmethod
    def of_marginals(cls, marginals: Sequence[tuple[Matrix, Matrix]]) -> NormalScores:
        """Make them of the values and shares of each feature, see `marginal`."""
        own = [_knots(values, shares) for values, shares in marginals]
        most = max(len(knots) for knots, _ in own)
        knots, scores = (
            np.stack([np.pad(each[part], (0, most - len(each[part])), "edge") for each in own])
            for part in (0, 1)
        )
        return cls(knots, scores)

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> NormalScores:
        """Read what `to_json` wrote."""
        return cls(np.array(content["knots"]), np.array(content["scores"]))

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as lists."""
        return {"knots": self.knots.tolist(), "scores": self.scores.tolist()}

    def transform(self, rows: Matrix) -> Matrix:
        """Replace scaled features, shape (..., d)."""
        result = np.empty_like(rows)
        for f, (knots, scores) in enumerate(zip(self.knots, self.scores, strict=True)):
            result[..., f] = (np.interp(rows[..., f], knots, scores) + 2 * rows[..., f]) / 3
        return result

    def inverse(self, rows: Matrix) -> Matrix:
        """Bring rows back; the map is continuous and increases."""
        result = np.empty_like(rows)
        ends = self.transform(self.knots.T).T
        for f, (knots, mapped) in enumerate(zip(self.knots, ends, strict=True)):
            inside = np.clip(rows[..., f], mapped[0], mapped[-1])
            beyond = (rows[..., f] - inside) * 1.5
            result[..., f] = np.interp(inside, mapped, knots) + beyond
        return result


def marginal(cells: ClusterSummary) -> tuple[Matrix, Matrix]:
    """Merge the cells of all stores into values and the share of customers that each stands for.

    A cell counts as half of its customers one deviation below its mean, and half of them above.

    Parameters
    ----------
    cells : ClusterSummary
        Released cells of one feature.

    Returns
    -------
    tuple of numpy.ndarray, each of shape (K,)
        At most `KNOTS` values, ascending, and their shares, about equal.

    Examples
    --------
    >>> marginal(ClusterSummary(np.array([10]), np.array([[5.0]]), np.array([[40.0]])))
    (array([3., 7.]), array([0.5, 0.5]))
    """
    deviation = np.sqrt(cells.ss[:, 0] / cells.n)
    points = np.concatenate([cells.mean[:, 0] - deviation, cells.mean[:, 0] + deviation])
    weight = np.tile(cells.n / (2 * cells.n.sum()), 2)
    order = np.lexsort((weight, points))
    points, weight = points[order], weight[order]
    middle = np.cumsum(weight) - weight / 2
    return _merged(points, weight, np.floor(middle * KNOTS).astype(int))


def _merged(points: Matrix, weight: Matrix, labels: np.ndarray) -> tuple[Matrix, Matrix]:
    """Merge neighbouring points by ascending labels."""
    first = np.flatnonzero(np.r_[True, np.diff(labels) > 0])
    share = np.add.reduceat(weight, first)
    return np.add.reduceat(points * weight, first) / share, share


def _knots(values: Matrix, shares: Matrix) -> tuple[Matrix, Matrix]:
    """Knots of a feature, far enough from one another, and the normal quantiles at them."""
    apart = np.cumsum(np.r_[0, np.diff(values) > _NEAREST])
    values, shares = _merged(values, shares, apart)
    middle = np.cumsum(shares) - shares / 2
    return values, np.array([NormalDist().inv_cdf(p) for p in middle])
