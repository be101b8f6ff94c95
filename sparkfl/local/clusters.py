"""How many clusters a store is cut into, unless the user says so."""

from __future__ import annotations

import numpy as np

from sparkfl.statistics.summary import Counts

__all__ = ["FEWEST", "clusters"]

FEWEST, MOST = 3, 8
_ROWS_A_CLUSTER = 20


def clusters(rows: Counts | int, k: int | None = None) -> Counts:
    """Tell how many clusters stores are cut into: `k`, or one for every 20 customers, from 3 to 8.

    More clusters describe a large store better, and a small one worse, where clusters near the
    smallest that may be released describe single customers or are merged; `docs/detection.md` has
    the figures.

    Parameters
    ----------
    rows : numpy.ndarray of int, shape (stores,)
        Customers of each store.
    k : int, optional
        The same number for every store.

    Examples
    --------
    >>> clusters(np.array([10, 100, 1000])).tolist(), clusters(np.array([10, 100]), k=4).tolist()
    ([3, 5, 8], [4, 4])
    """
    by_size = np.clip(np.asarray(rows) // _ROWS_A_CLUSTER, FEWEST, MOST)
    return by_size if k is None else np.full_like(by_size, k)
