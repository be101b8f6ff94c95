"""What stores may add up, as vectors of numbers: counts, sums and sums of squares, exactly."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from sparkfl.errors import ParameterError
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.summary import ClusterSummary, Counts, Matrix

__all__ = ["clusters_of", "clusters_vector", "moments_of", "moments_vector"]

Vector = list[Fraction]


def moments_vector(moments: Moments) -> Vector:
    """Return the moments of one store as a vector of 3 d numbers.

    They are count, sum and sum of squares of each feature, of mean and deviations without any
    rounding, so that nothing is lost where a mean is large against its deviations.

    Parameters
    ----------
    moments : Moments
        Of one store, shape (1, d), as the gate has let it out; nothing is added of a feature of
        which it tells nothing.

    Raises
    ------
    ParameterError
        If they are of several stores.

    Examples
    --------
    >>> one = Moments(np.array([[2]]), np.array([[1.0]]), np.array([[2.0]]))
    >>> other = Moments(np.array([[1]]), np.array([[7.0]]), np.array([[0.0]]))
    >>> total = [sum(each) for each in zip(moments_vector(one), moments_vector(other))]
    >>> moments_of(total, features=1)
    Moments(n=array([[3]]), mean=array([[3.]]), ss=array([[26.]]))
    """
    if len(moments) != 1:
        raise ParameterError(
            f"Moments of {len(moments)} stores were given; a store adds its own, shape (1, d)."
        )
    return _sums(moments.n[0], moments.mean[0], moments.ss[0])


def moments_of(total: Sequence[Fraction], features: int) -> Moments:
    """Return the moments of all stores, of the total of their `moments_vector`.

    Parameters
    ----------
    total : sequence of Fraction
        What the aggregator has.
    features : int
        d.

    Raises
    ------
    ParameterError
        If the total has another length.
    """
    n, mean, ss = _of_sums(total, features, features)
    return Moments(n[None], np.where(n > 0, mean, np.nan)[None], np.where(n > 0, ss, np.nan)[None])


def clusters_vector(clusters: ClusterSummary) -> Vector:
    """Return clusters that have the same numbers in all stores as a vector of k (2 d + 1) numbers.

    Parameters
    ----------
    clusters : ClusterSummary
        A store's; one that it has no rows of has count 0, and adds nothing.

    Examples
    --------
    >>> own = ClusterSummary(np.array([2, 0]), np.array([[1.0], [0.0]]), np.array([[2.0], [0.0]]))
    >>> clusters_of(clusters_vector(own), 2, 1).n.tolist()
    [2, 0]
    """
    repeated = np.repeat(clusters.n, clusters.mean.shape[1])
    sums = _sums(repeated, clusters.mean.ravel(), clusters.ss.ravel())
    return [*map(Fraction, clusters.n.tolist()), *sums[len(repeated) :]]


def clusters_of(total: Sequence[Fraction], k: int, features: int) -> ClusterSummary:
    """Return the clusters of all stores, of the total of their `clusters_vector`.

    Parameters
    ----------
    total : sequence of Fraction
        What the aggregator has.
    k, features : int
        Clusters, and d.

    Returns
    -------
    ClusterSummary
        Under their numbers; mean and sum of squares are 0 of a cluster without rows.

    Raises
    ------
    ParameterError
        If the total has another length.
    """
    counts = [count for count in total[:k] for _ in range(features)]
    n, mean, ss = _of_sums([*counts, *total[k:]], k * features, k * features)
    shape = (k, features)
    return ClusterSummary(n.reshape(shape)[:, 0], mean.reshape(shape), ss.reshape(shape))


def _sums(n: Counts, mean: Matrix, ss: Matrix) -> Vector:
    """Count, sum and sum of squares of each place, without rounding; 0 where there is nothing."""
    counts = [int(count) for count in n]
    means = [Fraction(value) if count else Fraction(0) for count, value in _pairs(counts, mean)]
    spreads = [Fraction(value) if count else Fraction(0) for count, value in _pairs(counts, ss)]
    sums = [count * value for count, value in zip(counts, means, strict=True)]
    squares = [s + value * sum_ for s, value, sum_ in zip(spreads, means, sums, strict=True)]
    return [*map(Fraction, counts), *sums, *squares]


def _pairs(counts: list[int], values: Matrix) -> list[tuple[int, float]]:
    told = values.tolist()
    wrong = [value for count, value in zip(counts, told, strict=True) if count]
    if not np.isfinite(wrong).all():
        raise ParameterError(
            "A mean or sum of squares is not finite, and cannot be summed. Leave rows with NaN or "
            "infinite values out."
        )
    return list(zip(counts, told, strict=True))


def _of_sums(
    total: Sequence[Fraction], places: int, expected: int
) -> tuple[Counts, Matrix, Matrix]:
    """Count, mean and sum of squared deviations of each place."""
    if len(total) != 3 * expected:
        raise ParameterError(
            f"The total has {len(total)} numbers, and {3 * expected} were expected: it is of other "
            "features or clusters."
        )
    counts, sums, squares = (total[i : i + places] for i in range(0, 3 * places, places))
    n = np.array([int(count) for count in counts], dtype=np.int64)
    mean, ss = np.zeros((2, places))
    for place, (count, sum_, square) in enumerate(zip(counts, sums, squares, strict=True)):
        if count:
            mean[place] = float(sum_ / count)
            # What vectors are rounded by may be less than nothing.
            ss[place] = max(float(square - sum_ * sum_ / count), 0.0)
    return n, mean, ss
