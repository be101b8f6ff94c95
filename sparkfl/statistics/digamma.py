"""The digamma function, which numpy has not."""

from __future__ import annotations

import numpy as np

from sparkfl.statistics.summary import Matrix

__all__ = ["digamma"]

_LARGE = 10.0
_TERMS = (1 / 12, -1 / 120, 1 / 252, -1 / 240, 1 / 132)
"""Of the series in 1 / x², Abramowitz and Stegun 6.3.18."""


def digamma(x: Matrix) -> Matrix:
    """Return the derivative of the logarithm of the gamma function.

    Parameters
    ----------
    x : numpy.ndarray
        Positive numbers.

    Returns
    -------
    numpy.ndarray
        To a relative error below 1e-12, but near the root 1.4616.

    Examples
    --------
    >>> import numpy as np
    >>> digamma(np.array([1.0, 100.0])).round(12).tolist()
    [-0.577215664902, 4.600161852738]
    """
    found = np.zeros(x.shape)
    for _ in range(int(_LARGE)):
        is_small = x < _LARGE
        found -= np.where(is_small, 1.0 / x, 0.0)
        x = x + is_small
    y, series = 1.0 / (x * x), np.zeros(x.shape)
    for term in reversed(_TERMS):
        series = (series + term) * y
    return np.asarray(found + np.log(x) - 0.5 / x - series)
