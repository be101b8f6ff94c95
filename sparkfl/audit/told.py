"""What one store has told at one time: all that an attacker has of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sparkfl.statistics.moments import Moments
from sparkfl.statistics.summary import ClusterSummary, Matrix

if TYPE_CHECKING:
    from sparkfl.secure_aggregation import Server

__all__ = ["Told", "vector"]


@dataclass(frozen=True)
class Told:
    """Everything that a store lets out in one version; None where it tells nothing.

    Parameters
    ----------
    clusters : ClusterSummary, optional
        Count, mean and sum of squares of its clusters.
    moments : Moments, optional
        The same of the whole store, feature by feature.
    histogram : sequence of (int, float), optional
        Count and mean bin of the cells of its customers' scores.
    marginals : sequence of ClusterSummary, optional
        Cells of neighbouring values, a summary a feature.
    fingerprint : tuple of int, optional
        Sums of the halves of its rows' hashes.
    rounds : sequence of ClusterSummary, optional
        Clusters of each round, if there were several.
    aggregator : callable, optional
        ``aggregator()``: with secure aggregation, the aggregator that has summed the store's
        moments with those of others, with all that it was sent; `moments` are the total then.
    kept : object, optional
        What the store keeps for itself, such as who was in this release: no attack looks at it,
        and a protection that is given this release as the one before does.

    Examples
    --------
    >>> Told().clusters is None
    True
    """

    clusters: ClusterSummary | None = None
    moments: Moments | None = None
    histogram: Sequence[tuple[int, float]] | None = None
    marginals: Sequence[ClusterSummary] | None = None
    fingerprint: tuple[int, int] | None = None
    rounds: Sequence[ClusterSummary] = ()
    aggregator: Callable[[], Server] | None = None
    kept: object = None


def vector(told: Told) -> Matrix:
    """Lay out the clusters and moments as numbers, to tell two mechanisms' outputs apart.

    Cluster numbers mean nothing, so clusters are in canonical order. What is not told is NaN.

    Examples
    --------
    >>> one = ClusterSummary(np.array([3]), np.array([[2.0]]), np.array([[8.0]]))
    >>> vector(Told(one)).tolist()
    [3.0, 2.0, 8.0]
    """
    parts = [np.empty(0)]
    if told.clusters is not None:
        own = told.clusters.canonical()
        parts += [own.n.astype(np.float64), own.mean.ravel(), own.ss.ravel()]
    if told.moments is not None:
        every = told.moments
        parts += [every.n.ravel().astype(np.float64), every.mean.ravel(), every.ss.ravel()]
    return np.concatenate(parts)
