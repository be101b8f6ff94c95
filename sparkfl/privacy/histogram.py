"""The gate for histograms: counts of scores on a fixed grid, in cells that are large enough."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["release_histogram"]


def release_histogram(
    counts: Iterable[tuple[int, int]], min_cluster_size: int
) -> list[tuple[int, float]]:
    """Merge adjacent bins, from the top, until each cell holds at least the minimum size.

    Parameters
    ----------
    counts : iterable of (int, int)
        Bin number and its count; bins without rows are left out.
    min_cluster_size : int
        Smallest cell that may be released.

    Returns
    -------
    list of (int, float)
        Count and mean bin of each cell, from the top. Where a cell begins and ends is not told: its
        first and last bin would be the scores of single customers.

    Examples
    --------
    >>> release_histogram([(0, 5), (1, 2), (9, 1)], min_cluster_size=3)
    [(3, 3.6666666666666665), (5, 0.0)]
    """
    cells: list[tuple[int, int]] = []
    n = total = 0
    for bin_, count in sorted(counts, reverse=True):
        n, total = n + count, total + bin_ * count
        if n >= min_cluster_size:
            cells.append((n, total))
            n = total = 0
    if n and cells:
        last_n, last_total = cells.pop()
        cells.append((last_n + n, last_total + total))
    return [(n, total / n) for n, total in cells]
