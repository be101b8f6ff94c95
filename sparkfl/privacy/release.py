"""The gate for clusters: what a store may release of a local model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.privacy.differencing import unions
from sparkfl.privacy.dominance import dominated_rows, dominated_sums
from sparkfl.privacy.rounding import rounded_clusters
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.members import Members
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["merged", "release", "safe", "safe_unions"]


def release(
    summary: ClusterSummary, rules: Rules, members: Members | None = None
) -> ClusterSummary | None:
    """Merge clusters until each may be told, and round what is told of them.

    Of the clusters that may not, the smallest goes first, into the one with the nearest mean, and
    so on. Counts and sums are kept: no row is dropped, so that nothing follows from a total that
    is told elsewhere.

    Parameters
    ----------
    summary : ClusterSummary
        Clusters of one store.
    rules : Rules
        What is asked of each; the usual minimum size of statistical disclosure control is 10.
    members : Members, optional
        Who is in them, in the same order; needed if ``rules.by_members``.

    Returns
    -------
    ClusterSummary or None
        Clusters in canonical order; None if not even all rows together may be told.

    Examples
    --------
    >>> rows = np.arange(24.0).reshape(12, 2)
    >>> clusters = ClusterSummary.of_rows(rows, np.array([0] * 6 + [1] * 5 + [2]))
    >>> release(clusters, Rules(5)).n.tolist()
    [6, 6]
    """
    found = merged(summary, rules, members)
    return None if found is None else rounded_clusters(found[0], rules).canonical()


def merged(
    summary: ClusterSummary, rules: Rules, members: Members | None = None
) -> tuple[ClusterSummary, npt.NDArray[np.intp]] | None:
    """Merge clusters until each may be told; what is left is not rounded yet.

    Returns
    -------
    tuple of ClusterSummary and numpy.ndarray of int, or None
        What is left, and into which of it each cluster went.
    """
    into = np.arange(len(summary))
    summary, members, place = _canonical(summary, members)
    into = place[into]
    while True:
        weak = np.flatnonzero(~safe(summary, rules, members))
        if not len(weak):
            return summary, into
        if len(summary) == 1:
            return None
        labels = np.unique(_joined(summary, int(weak[-1])), return_inverse=True)[1]
        summary, members, place = _canonical(
            summary.merged(labels), None if members is None else members.merged(labels)
        )
        into = place[labels[into]]


def safe(
    summary: ClusterSummary, rules: Rules, members: Members | None = None
) -> npt.NDArray[np.bool_]:
    """Tell which clusters may be told, shape (k,).

    Examples
    --------
    >>> same = ClusterSummary(np.array([10]), np.zeros((1, 1)), np.zeros((1, 1)))
    >>> at = Members(np.zeros((1, 1)), np.zeros((1, 1)))
    >>> [safe(same, Rules(10, allow_identical=may), at).tolist() for may in (True, False)]
    [[True], [False]]
    """
    known = members.entities if members else None
    entities = summary.n if known is None else known.sizes
    may = np.asarray(entities >= rules.min_size)
    if rules.dominance < 1:
        assert members is not None
        most = np.ones_like(summary.n) if known is None else known.most
        largest = members.largest_square(summary.mean)
        sums = dominated_sums(summary.ss, largest, rules.dominance)
        may = may & ~dominated_rows(summary.n, most, rules.dominance) & ~sums.any(axis=1)
    if not rules.allow_identical:
        assert members is not None
        may = may & ~members.identical()
    return may


def safe_unions(
    summary: ClusterSummary, rules: Rules, members: Members | None = None
) -> npt.NDArray[np.bool_]:
    """Tell which unions of clusters may be told, in the order of `differencing.unions`.

    Examples
    --------
    >>> clusters = ClusterSummary(np.array([4, 6]), np.zeros((2, 1)), np.ones((2, 1)))
    >>> safe_unions(clusters, Rules(5)).tolist()
    [False, True, False, True]
    """
    every = unions(len(summary))
    may = np.zeros(len(every), dtype=bool)
    whole = None if members is None else members.merged(np.zeros(len(summary), dtype=np.int64))
    may[-1] = safe(summary.total(), rules, whole)[0]
    for place, union in enumerate(every[1 : len(every) // 2], 1):
        # The second cluster is the union of all others, which is as far from the other end.
        labels = np.where(union, 0, 1)
        who = None if members is None else members.merged(labels)
        may[[place, -1 - place]] = safe(summary.merged(labels), rules, who)
    return may


def _canonical(
    summary: ClusterSummary, members: Members | None
) -> tuple[ClusterSummary, Members | None, npt.NDArray[np.intp]]:
    """Bring clusters into their order, and who is in them; and tell the new place of each."""
    order = summary.canonical_order()
    who = None if members is None else members.ordered(order)
    return summary.ordered(order), who, np.argsort(order)


def _joined(summary: ClusterSummary, weak: int) -> npt.NDArray[np.intp]:
    """Labels by which a cluster joins the one with the nearest mean."""
    distance = ((summary.mean - summary.mean[weak]) ** 2).sum(axis=1)
    distance[weak] = np.inf
    # Means that are not finite have no distance; the first will do, as nothing of them leaves.
    nearest = np.nan_to_num(distance, nan=np.inf).argmin()
    labels = np.arange(len(summary))
    labels[weak] = nearest if nearest != weak else 1
    return labels
