"""The gate for histograms: counts of scores on a fixed grid, in cells that are large enough."""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["release_histogram"]


def release_histogram(
    counts: Iterable[tuple[int, int]], min_cluster_size: int
) -> list[tuple[int, int, float]]:
    """Merge adjacent bins, from the top, until each cell holds at least the minimum size.

    Parameters
    ----------
    counts : iterable of (int, int)
        Bin number and its count; bins without rows are left out.
    min_cluster_size : int
        Smallest cell that may be released.

    Returns
    -------
    list of (int, int, float)
        Lowest bin, count and mean bin of each cell, from the top. The highest bin of a cell is
        not told: the top one would be the score of a single customer.

    Examples
    --------
    >>> release_histogram([(0, 5), (1, 2), (9, 1)], min_cluster_size=3)
    [(1, 3, 3.6666666666666665), (0, 5, 0.0)]
    """
    cells: list[tuple[int, int, int]] = []
    low = n = total = 0
    for bin_, count in sorted(counts, reverse=True):
        low, n, total = bin_, n + count, total + bin_ * count
        if n >= min_cluster_size:
            cells.append((low, n, total))
            n = total = 0
    if n and cells:
        _, last_n, last_total = cells.pop()
        cells.append((low, last_n + n, last_total + total))
    return [(low, n, total / n) for low, n, total in cells]
