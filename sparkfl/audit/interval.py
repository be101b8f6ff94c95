"""How far a figure may be off that was measured on so many stores."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import beta

__all__ = ["CONFIDENCE", "Interval", "advantage", "auc", "exact", "share"]

Interval = Callable[[float, int], tuple[float, float]]
"""``interval(value, stores)``: one-sided lower and upper bounds of what a figure estimates."""

CONFIDENCE = 0.95
_DEVIATIONS = 1.6448536269514722
"""Standard errors of a normal distribution that leave 5 % on one side."""
_ASKED = 16
"""Members, and others, of every store in the trials of membership."""


def exact(value: float, _stores: int) -> tuple[float, float]:
    """Take a figure for what it is, such as one that is a bound itself."""
    return value, value


def share(value: float, stores: int) -> tuple[float, float]:
    """Bound a share of stores [1]_; one store alone is above 0 for sure.

    References
    ----------
    .. [1] Clopper, Pearson, "The use of confidence or fiducial limits illustrated in the case of
       the binomial", Biometrika 1934.

    Examples
    --------
    >>> [round(bound, 3) for bound in share(0.1, 10)], share(0.0, 10)[0]
    ([0.005, 0.394], 0.0)
    """
    hits = value * stores
    low = float(beta.ppf(1 - CONFIDENCE, hits, stores - hits + 1)) if hits > 0 else 0.0
    high = float(beta.ppf(CONFIDENCE, hits + 1, stores - hits)) if hits < stores else 1.0
    return low, high


def auc(value: float, stores: int) -> tuple[float, float]:
    """Bound an area under the ROC curve of the members and others of stores [1]_.

    References
    ----------
    .. [1] Hanley, McNeil, "The meaning and use of the area under a receiver operating
       characteristic (ROC) curve", Radiology 1982.

    Examples
    --------
    >>> [round(bound, 3) for bound in auc(0.56, 10)]
    [0.507, 0.613]
    """
    n = _ASKED * stores
    both = value / (2 - value) + 2 * value**2 / (1 + value) - 2 * value**2
    error = np.sqrt((value * (1 - value) + (n - 1) * both) / n**2)
    return float(value - _DEVIATIONS * error), float(value + _DEVIATIONS * error)


def advantage(value: float, stores: int) -> tuple[float, float]:
    """Bound the difference of two shares, of members and of others, at their widest.

    Examples
    --------
    >>> [round(bound, 3) for bound in advantage(0.06, 10)]
    [-0.032, 0.152]
    """
    error = np.sqrt(2 * 0.25 / (_ASKED * stores))
    return float(value - _DEVIATIONS * error), float(value + _DEVIATIONS * error)
