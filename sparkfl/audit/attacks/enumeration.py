"""Enumeration: a hash of a customer's features, tried with all values they can have."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.fingerprint import row_hashes
from sparkfl.audit.told import Told
from sparkfl.statistics.summary import Matrix

__all__ = ["named"]


def named(before: Told, now: Told, candidates: Matrix) -> Matrix:
    """Find among candidates the customer who joined or left between two versions [1]_.

    Fingerprints are sums of the rows' hashes: their difference is the hash of the one customer
    whom the versions differ by. A hash of what can be enumerated hides nothing.

    Parameters
    ----------
    before, now : Told
        Two versions of one store.
    candidates : numpy.ndarray, shape (n, d)
        Rows to try.

    Returns
    -------
    numpy.ndarray, shape (rows, d)
        The candidates with that hash, which is one or none.

    References
    ----------
    .. [1] Demir, Kumar, Cunche, Lauradoux, "The pitfalls of hashing for privacy", IEEE
       Communications Surveys & Tutorials, 2018.

    Examples
    --------
    >>> from sparkfl.audit.fingerprint import fingerprint
    >>> rows = np.array([[3.0, 30.0], [1.0, 12.0], [2.0, 99.0]])
    >>> versions = (Told(fingerprint=fingerprint(rows[:2])), Told(fingerprint=fingerprint(rows)))
    >>> every = np.array([[n, day] for n in range(5) for day in range(100)], dtype=float)
    >>> named(*versions, every).tolist()
    [[2.0, 99.0]]
    """
    if before.fingerprint is None or now.fingerprint is None:
        return np.empty((0, candidates.shape[1]))
    low, high = (b - a for a, b in zip(before.fingerprint, now.fingerprint, strict=True))
    if low + high < 0:
        low, high = -low, -high
    if not 0 <= low < 2**32 or not 0 <= high < 2**32:
        return np.empty((0, candidates.shape[1]))
    found: Matrix = candidates[row_hashes(candidates) == np.uint64(low + (high << 32))]
    return found
