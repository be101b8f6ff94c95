"""Differentially private k-means of one store: every figure that it looks at has noise."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from sklearn.cluster import KMeans

from sparkfl.local.clusters import clusters
from sparkfl.privacy.contributions import bounded_sums, bounded_vectors, part_weight
from sparkfl.privacy.noise import Noise
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["FINAL", "MOMENTS", "ROUND", "ROUNDS", "PrivateKMeans", "count_deviation", "fit"]

MOMENTS, ROUNDS, ROUND, FINAL = 0.25, 2, 0.15, 0.45
"""Shares of the budget of the clusters: of the store's moments, of each of so many rounds, and of
the counts, sums and sums of squares that are told."""

_REACH = 1.5
"""How far from its centre a customer counts in full, in root mean squares of a cluster."""
_LEAST = 0.02
"""Least deviation, of bounds that are 2 apart, that a store's customers are taken to have."""
_FLATTEST = 0.1
"""Least variance of a cluster, as a share of that of all clusters."""
_CLEAR = 2.0
"""So many deviations of noise a store's count has to be, for the store to be told from none."""
_DRAWN = 4096


@dataclass(frozen=True)
class PrivateKMeans:
    """What private k-means found of a store, all of it with noise.

    Parameters
    ----------
    n : float
        Customers; possibly below 0.
    summary : ClusterSummary or None
        Clusters of rows between -1 and 1; None if there are no more customers than noise may make.
    clear : float
        Deviation of the noise of a cluster's count.
    """

    n: float
    summary: ClusterSummary | None
    clear: float


def fit(
    rows: Matrix,
    k: int | None,
    seed: int,
    noise: Noise,
    share: float = 1.0,
    entity: Matrix | None = None,
) -> PrivateKMeans:
    """Cluster the customers of a store by sums with noise alone.

    It is Lloyd's algorithm by noisy counts and sums, as SuLQ k-means [1]_ and DPLloyd [2]_, with
    two changes that matter for hundreds of customers. The first look is at the moments of the
    store, and the space is scaled by these, so that wide bounds cost it alone; the initial centres
    are those of a normal distribution, which are public. And sums are of the way from a cluster's
    centre, which is cut where a customer is far from it: that is shorter than the way from the
    middle of the bounds, and so is the noise [3]_.

    A customer counts once, however many rows it has: they weigh one over their number. What one
    customer changes is bounded part by part, see `sparkfl.privacy.contributions`; nothing else
    that is done here looks at rows. The parts have shares of the budget: `MOMENTS`, `ROUND` in
    each of `ROUNDS`, `FINAL`.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, d)
        Rows between -1 and 1; possibly none.
    k : int or None
        Clusters; None for as many as `sparkfl.local.clusters` has for the noisy count.
    seed : int
        Of the initial centres, not of the noise, which has none.
    noise : Noise
        Of the release.
    share : float, default 1
        Share of its budget that is spent here.
    entity : numpy.ndarray, shape (n,), optional
        Number of the customer of each row; without, each row is one.

    Returns
    -------
    PrivateKMeans

    References
    ----------
    .. [1] Blum, Dwork, McSherry, Nissim, "Practical privacy: the SuLQ framework", PODS 2005.
    .. [2] Su, Cao, Li, Bertino, Jin, "Differentially private k-means clustering", CODASPY 2016.
    .. [3] Diaa, Humphries, Kerschbaum, "FastLloyd: federated, accurate, secure, and tunable k-means
       clustering with differential privacy", 2024: bounded ways from the centre.

    Examples
    --------
    >>> rows = np.repeat([[-0.5, 0.2], [0.4, -0.6]], 500, axis=0)
    >>> found = fit(rows, 2, 0, Noise.of("gaussian", 5.0, 1e-6))
    >>> abs(found.n - 1000) < 50, np.sort(found.summary.mean[:, 0]).round(1).tolist()
    (True, [-0.5, 0.4])
    """
    d, norm = rows.shape[1], noise.norm
    everyone = np.zeros(len(rows), dtype=np.int64)
    store = _Sums(rows, entity, noise, share * MOMENTS, True)(everyone, 1, d ** (1 / norm))
    n, clear = float(store.n[0]), noise.deviation(share * FINAL) / part_weight(3, norm)
    if n < _CLEAR * store.deviation:
        return PrivateKMeans(n, None, clear)
    mean = np.clip(store.sums[0] / n, -1, 1)
    deviation = np.sqrt(np.clip(store.squares[0] / n - mean**2, _LEAST**2, 1.0))
    scaled = (rows - mean) / deviation
    k = int(clusters(int(n), k))
    radius = _radius(d, k, norm)
    bounds = (-1 - mean) / deviation, (1 - mean) / deviation
    centres = np.clip(_initial(k, d, seed), *bounds)
    for _ in range(ROUNDS):
        own = nearest(scaled, centres)[0]
        found = _Sums(scaled - centres[own], entity, noise, share * ROUND, False)(own, k, radius)
        centres = np.clip(centres + found.shift, *bounds)
    own = nearest(scaled, centres)[0]
    found = _Sums(scaled - centres[own], entity, noise, share * FINAL, True)(own, k, radius)
    there = found.n >= 1
    if not there.any():
        return PrivateKMeans(n, None, clear)
    count = np.rint(found.n[there]).astype(np.int64)
    means = np.clip(centres + found.shift, *bounds)[there]
    ss = count[:, None] * found.variances(there) * deviation**2
    return PrivateKMeans(n, ClusterSummary(count, mean + deviation * means, ss), clear)


def count_deviation(noise: Noise, share: float) -> float:
    """Deviation of the noise of a store's count, of a share of the budget of a release."""
    return noise.deviation(share * MOMENTS) / part_weight(3, noise.norm)


@dataclass(frozen=True)
class _Found:
    """Noisy counts, sums and sums of squares of ways from centres."""

    n: Matrix
    sums: Matrix
    squares: Matrix
    radius: float
    deviation: float

    @property
    def shift(self) -> Matrix:
        """How far the mean of each cluster is from its centre; less where there is only noise."""
        shift: Matrix = self.sums / self._at_least()
        return shift

    def variances(self, there: npt.NDArray[np.bool_]) -> Matrix:
        """Variances of the clusters that are there.

        They are drawn to those of all clusters together by as much as noise makes them differ [1]_.

        References
        ----------
        .. [1] Efron, Morris, "Data analysis using Stein's estimator and its generalizations",
           Journal of the American Statistical Association, 1975.
        """
        n, shift = self.n[there, None], self.shift[there]
        own = self.squares[there] / self._at_least()[there] - shift**2
        total = (self.squares[there].sum(axis=0) - (n * shift**2).sum(axis=0)) / n.sum()
        pooled = np.maximum(total, _LEAST**2)
        noise = ((self.radius**2 * self.deviation / self._at_least()[there]) ** 2).mean(axis=0)
        differ = ((own - pooled) ** 2).mean(axis=0)
        keep = 1 - noise / np.maximum(differ, noise)
        variances: Matrix = np.maximum(pooled + keep * (own - pooled), _FLATTEST * pooled)
        return variances

    def _at_least(self) -> Matrix:
        """Return counts to divide by: none below what noise alone would make."""
        return np.maximum(self.n, self.deviation)[:, None]


@dataclass(frozen=True)
class _Sums:
    """The one place where rows are looked at: what leaves it has noise."""

    ways: Matrix
    entity: Matrix | None
    noise: Noise
    share: float
    squares: bool

    def __call__(self, own: npt.NDArray[np.integer], k: int, radius: float) -> _Found:
        """Add up the ways of each cluster's rows from its centre, and add noise."""
        d, norm = self.ways.shape[1], self.noise.norm
        vectors = bounded_vectors(self.ways, radius, norm, self.squares)
        weight = part_weight(3 if self.squares else 2, norm)
        told = self.noise.add(bounded_sums(vectors, own, k, self.entity), self.share) / weight
        deviation = self.noise.deviation(self.share) / weight
        sums, squares = radius * told[:, 1 : d + 1], radius**2 * told[:, d + 1 :]
        return _Found(told[:, 0], sums, squares, radius, deviation)


def _radius(d: int, k: int, norm: int) -> float:
    """Norm of a way that counts in full, if the store is about normal and cut into k of one size.

    A cluster's deviation is then about ``k**(-1/d)`` of the store's.
    """
    root_mean_square = d**0.5 * k ** (-1 / d)
    # The sum of d absolute values of normal variables, against the root of their squares.
    return float(_REACH * root_mean_square * (1.0 if norm == 2 else (2 * d / np.pi) ** 0.5))


@lru_cache(maxsize=64)
def _initial(k: int, d: int, seed: int) -> Matrix:
    """Centres that k-means finds in a normal distribution: public, as no row has a part in them."""
    drawn = np.random.default_rng(seed).normal(size=(max(_DRAWN, 64 * k), d))
    centres: Matrix = KMeans(k, n_init=1, random_state=seed).fit(drawn).cluster_centers_
    return centres
