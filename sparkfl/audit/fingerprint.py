"""The fingerprint of a store's rows that its verdict tells, and how it is taken apart."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from sparkfl.statistics.summary import Matrix

__all__ = ["Hashes", "fingerprint", "row_hashes"]

Hashes = npt.NDArray[np.uint64]

_P1, _P2, _P3, _P4, _P5 = (
    np.uint64(prime)
    for prime in (
        0x9E3779B185EBCA87,
        0xC2B2AE3D27D4EB4F,
        0x165667B19E3779F9,
        0x85EBCA77C2B2AE63,
        0x27D4EB2F165667C5,
    )
)
_SEED = np.uint64(42)


def row_hashes(rows: Matrix) -> Hashes:
    """Hash rows as Spark's ``xxhash64(array)`` does [1]_, which `sparkfl.execution.survey` sums.

    Parameters
    ----------
    rows : numpy.ndarray, shape (n, d)
        Features.

    Returns
    -------
    numpy.ndarray of uint64, shape (n,)

    References
    ----------
    .. [1] Collet, "xxHash fast digest algorithm", 2012-2024; a double at a time, each seeded by
       the hash of those before it.

    Examples
    --------
    >>> row_hashes(np.array([[1.0, 2.0]])).view(np.int64).tolist()
    [-8316239063660471978]
    """
    words = np.ascontiguousarray(rows + 0.0).view(np.uint64)
    hash_ = np.full(len(rows), _SEED)
    with np.errstate(over="ignore"):
        for word in words.T:
            hash_ = hash_ + _P5 + np.uint64(8)
            hash_ = hash_ ^ (_rotated(word * _P2, 31) * _P1)
            hash_ = _rotated(hash_, 27) * _P1 + _P4
            hash_ = (hash_ ^ (hash_ >> np.uint64(33))) * _P2
            hash_ = (hash_ ^ (hash_ >> np.uint64(29))) * _P3
            hash_ = hash_ ^ (hash_ >> np.uint64(32))
    return hash_


def fingerprint(rows: Matrix) -> tuple[int, int]:
    """Sum the lower and the upper halves of the rows' hashes, as a store's verdict tells them.

    Examples
    --------
    >>> rows = np.array([[1.0], [2.0]])
    >>> both, one = fingerprint(rows), fingerprint(rows[:1])
    >>> low, high = (b - a for a, b in zip(one, both, strict=True))
    >>> low + (high << 32) == int(row_hashes(rows[1:])[0])
    True
    """
    hashes = row_hashes(rows)
    low, high = hashes & np.uint64(2**32 - 1), hashes >> np.uint64(32)
    return int(low.sum()), int(high.sum())


def _rotated(words: Hashes, bits: int) -> Hashes:
    """Rotate words to the left."""
    rotated: Hashes = (words << np.uint64(bits)) | (words >> np.uint64(64 - bits))
    return rotated
