"""The transformation that tames heavy tails, with a sign."""

from __future__ import annotations

import numpy as np

from sparkfl.statistics.summary import Matrix

__all__ = ["signed_log1p"]


def signed_log1p(values: Matrix) -> Matrix:
    """sign(x) log(1 + abs(x)): the twin of `sparkfl.columns.signed_log1p`.

    Examples
    --------
    >>> signed_log1p(np.array([-np.expm1(2.0), 0.0, np.expm1(1.0)])).tolist()
    [-2.0, 0.0, 1.0]
    """
    transformed: Matrix = np.sign(values) * np.log1p(np.abs(values))
    return transformed
