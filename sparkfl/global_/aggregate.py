"""The global model, from releases alone."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt

from sparkfl.global_ import bisecting_kmeans, kmeans
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["AGGREGATIONS", "aggregate"]

logger = logging.getLogger(__name__)

Group = Callable[[ClusterSummary, int, int, Matrix | None], npt.NDArray[np.int64]]

AGGREGATIONS: Mapping[str, Group] = {
    "bisecting_kmeans": bisecting_kmeans.group,
    "kmeans": kmeans.group,
}
"""The aggregations by name: a new one is one new file and one line here."""


def aggregate(
    releases: ClusterSummary,
    k: int,
    seed: int,
    weighted: bool = True,
    aggregation: str = "bisecting_kmeans",
) -> ClusterSummary:
    """Build global clusters from the released clusters of all stores.

    One-shot meta-clustering: released means are grouped, and the groups' counts, means and sums
    of squares follow exactly, since summaries merge without their rows.

    Parameters
    ----------
    releases : ClusterSummary
        Released clusters of all stores, at least one, in an order that does not depend on the
        run (by store and cluster).
    k : int
        Number of global clusters, capped with a warning at the number of distinct means.
    seed : int
        Seed of the aggregation.
    weighted : bool, default True
        Weigh released clusters by their counts.
    aggregation : str, default 'bisecting_kmeans'
        A name in `AGGREGATIONS`.

    Returns
    -------
    ClusterSummary
        Global clusters in canonical order: the largest is number 0.

    Examples
    --------
    >>> rows = np.array([[0.0], [1.0], [9.0]])
    >>> aggregate(ClusterSummary.of_rows(rows, np.arange(3)), k=2, seed=0).n.tolist()
    [2, 1]
    """
    distinct = len(np.unique(releases.mean, axis=0))
    if k > distinct:
        logger.warning(
            "%d global clusters were asked for, and the stores released %d distinct ones: %d are "
            "built. Ask for fewer, or for more clusters a store, or train more stores.",
            k,
            distinct,
            distinct,
        )
    weight = releases.n.astype(np.float64) if weighted else None
    labels = AGGREGATIONS[aggregation](releases, min(k, distinct), seed, weight)
    return releases.merged(labels).canonical()
