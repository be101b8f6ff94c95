"""How anomalous a customer or a cluster is, and why: a rule over released summaries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from operator import add, mul

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["DEGREES_OF_FREEDOM", "AnomalyRule"]

FACTOR_CAP, FACTORS = 1e38, 8
"""A feature counts up to log 1e38, so that eight multiply without overflow: one logarithm then
serves them all, and logarithms are what scoring spends its time on."""
LARGE = 0.9
"""The largest clusters that together hold this share of the released customers count as large."""
DEGREES_OF_FREEDOM = 4.0


@dataclass(frozen=True)
class AnomalyRule:
    """The hybrid score: far from the federation, and from every large cluster.

    ``sum_f t((x - M)^2 / T) + min_c sum_f t((x - m_c)^2 / S_c)`` with the federation's mean M and
    total variance T, and, for the largest clusters that together hold 90 % of the released
    customers, their means m and spreads S: halfway between the cluster's and the pooled within
    variance, not below 1 % of T. ``t(q) = v log(1 + q/v)`` is what Student's t with v degrees of
    freedom makes of a squared distance [1]_: it keeps one wild feature from drowning the others.
    Small clusters do not count, or a dense group of anomalies would excuse itself. It is made of
    counts, means and sums of squares alone; `docs/detection.md` says how well it ranks.

    Parameters
    ----------
    mean : numpy.ndarray, shape (d,)
        M, in the clustering space.
    precision : numpy.ndarray, shape (d,)
        1/(v T); 0 for a feature that does not vary.
    centres : numpy.ndarray, shape (large clusters, d)
        m of each large cluster.
    precisions : numpy.ndarray, shape (large clusters, d)
        1/(v S) of each large cluster; 0 for a feature that does not vary.
    degrees_of_freedom : float, default 4
        v.

    References
    ----------
    .. [1] Lange, Little, Taylor, "Robust statistical modeling using the t distribution", Journal
       of the American Statistical Association, 1989.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(100, 2))
    >>> clusters = ClusterSummary.of_rows(rows, np.zeros(100, dtype=np.int64))
    >>> rule = AnomalyRule.of_clusters(clusters)
    >>> score, reason = rule.score(np.array([[0.0, 0.0], [0.0, -9.0]]), ("spend", "visits"))
    >>> bool(score[0] < score[1]), reason[1]
    (True, '-visits')
    """

    mean: Matrix
    precision: Matrix
    centres: Matrix
    precisions: Matrix
    degrees_of_freedom: float = DEGREES_OF_FREEDOM

    @classmethod
    def of_clusters(
        cls,
        clusters: ClusterSummary,
        large: npt.NDArray[np.bool_] | None = None,
        degrees_of_freedom: float = DEGREES_OF_FREEDOM,
    ) -> AnomalyRule:
        """Derive the rule from global clusters in canonical order, the largest first.

        Parameters
        ----------
        clusters : ClusterSummary
            Global clusters.
        large : numpy.ndarray of bool, shape (clusters,), optional
            Which of them count as large; by default the largest that together hold 90 % of the
            customers.
        degrees_of_freedom : float, default 4
            v.
        """
        total = clusters.total()
        variance = total.ss[0] / total.n[0]
        pooled = clusters.ss.sum(axis=0) / total.n[0]
        if large is None:
            large = np.cumsum(clusters.n) - clusters.n < LARGE * total.n[0]
        within = clusters.ss[large] / clusters.n[large, None]
        spread = np.maximum((within + pooled) / 2, 0.01 * variance)
        return cls(
            total.mean[0],
            _reciprocal(variance * degrees_of_freedom),
            clusters.mean[large],
            _reciprocal(spread * degrees_of_freedom),
            degrees_of_freedom,
        )

    def score(
        self, rows: Matrix, features: Sequence[str]
    ) -> tuple[Matrix, npt.NDArray[np.object_]]:
        """Score rows of the clustering space by numpy; `sparkfl.federation.scoring` has its twins.

        Parameters
        ----------
        rows : numpy.ndarray, shape (rows, d)
            Finite rows.
        features : sequence of str
            Names of the features.

        Returns
        -------
        tuple of numpy.ndarray, each of shape (rows,)
            Score, from 0 up, and reason: the sign and name of the feature with the largest share.
        """
        far = _factors(rows, self.mean, self.precision)
        near = self._near(rows)
        largest = (far * near).argmax(axis=1)
        above = (rows >= self.mean)[np.arange(len(rows)), largest]
        names = np.array([[f"-{f}" for f in features], [f"+{f}" for f in features]], dtype=object)
        score = self.degrees_of_freedom * (_logarithm(far) + _logarithm(near))
        return score, names[above.astype(int), largest]

    def shares(self, rows: Matrix) -> Matrix:
        """Share of each feature in the score; a row's shares add up to its score.

        Parameters
        ----------
        rows : numpy.ndarray, shape (rows, d)
            Finite rows of the clustering space.

        Returns
        -------
        numpy.ndarray, shape (rows, d)
            From 0 up.
        """
        far = np.log(_factors(rows, self.mean, self.precision))
        shares: Matrix = self.degrees_of_freedom * (far + np.log(self._near(rows)))
        return shares

    def _near(self, rows: Matrix) -> Matrix:
        """Compute what each feature multiplies to the distance from the nearest large cluster."""
        nearest = np.full(len(rows), np.inf)
        near = np.ones_like(rows)
        for centre, precision in zip(self.centres, self.precisions, strict=True):
            factors = _factors(rows, centre, precision)
            distance = _distance(factors)
            closer = distance < nearest
            nearest[closer] = distance[closer]
            near[closer] = factors[closer]
        return near


def _reciprocal(variance: Matrix) -> Matrix:
    """1/variance, 0 where there is none."""
    return np.divide(1.0, variance, out=np.zeros_like(variance), where=variance > 0)


def _factors(rows: Matrix, centre: Matrix, precision: Matrix) -> Matrix:
    """Compute what each feature multiplies to the distance from a centre."""
    varies = precision > 0
    factors = np.ones_like(rows)
    difference = (rows - centre)[:, varies]
    factors[:, varies] = np.minimum(1 + difference * difference * precision[varies], FACTOR_CAP)
    return factors


def _product(factors: Matrix) -> Matrix:
    """Multiply in order, as the Spark expression does."""
    return reduce(mul, list(factors.T))


def _logarithm(factors: Matrix) -> Matrix:
    """Logarithm of a product, in groups that do not overflow."""
    groups = range(0, factors.shape[1], FACTORS)
    return reduce(add, [np.log(_product(factors[:, i : i + FACTORS])) for i in groups])


def _distance(factors: Matrix) -> Matrix:
    """Order as the distance does: by the product where it cannot overflow."""
    return _product(factors) if factors.shape[1] <= FACTORS else _logarithm(factors)
