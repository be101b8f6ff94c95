"""What figures of a store can be: counts, and means of values within bounds."""

from __future__ import annotations

import numpy as np

from sparkfl.exchange.contract import Contract
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.privacy.rounding import rounded_counts
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["check_counts", "check_growth", "check_spread", "check_sum", "limits_of"]

_MOST_ROWS = 2**40
_FARTHEST = 1e120
"""No mean is larger, so that no sum of squares of a federation overflows."""
_ROUNDING = 1e-9
_GROWTH = 2


def check_counts(n: Counts, rules: Rules, what: str) -> None:
    """Refuse counts that are below what may be told, as rounding leaves it.

    Examples
    --------
    >>> check_counts(np.array([0]), Rules(10), "n of cluster")
    Traceback (most recent call last):
    sparkfl.exchange.reason.RefusalError: bad_counts: n of cluster 0 is 0, at least 10 was \
expected
    """
    least = int(rounded_counts(np.array(rules.min_size), rules.round))
    wrong = np.flatnonzero((n < least) | (n > _MOST_ROWS))
    if len(wrong):
        raise RefusalError(
            Reason.BAD_COUNTS,
            f"{what} {wrong[0]} is {n[wrong[0]]}, at least {least} was expected",
        )
    if (n % rules.round).any():
        raise RefusalError(
            Reason.BAD_COUNTS, f"{what} is no multiple of {rules.round}, its own ROUND"
        )


def check_sum(n: Counts, whole: int, rules: Rules, what: str) -> None:
    """Refuse parts that do not add up to the whole, up to rounding of each.

    Examples
    --------
    >>> check_sum(np.array([10, 12]), 22, Rules(10), "clusters")
    >>> check_sum(np.array([10, 12]), 25, Rules(10), "clusters")
    Traceback (most recent call last):
    sparkfl.exchange.reason.RefusalError: counts_do_not_add_up: clusters are of 22 rows, the store \
of 25
    """
    error = 0 if rules.round == 1 else (len(n) + 1) * rules.round // 2
    if abs(int(n.sum()) - whole) > error:
        raise RefusalError(
            Reason.COUNTS_DO_NOT_ADD_UP, f"{what} are of {n.sum()} rows, the store of {whole}"
        )


def check_growth(rows: int, before: int | None) -> None:
    """Refuse a store whose rows are more than double, or less than half, what it told before.

    A store may get and lose customers from one step of a round to the next, but not so many.

    Examples
    --------
    >>> check_growth(4000, 40)
    Traceback (most recent call last):
    sparkfl.exchange.reason.RefusalError: counts_do_not_add_up: the store has 4000 rows; in the \
step before it had 40
    """
    if before and rows and not before <= _GROWTH * rows <= _GROWTH**2 * before:
        raise RefusalError(
            Reason.COUNTS_DO_NOT_ADD_UP,
            f"the store has {rows} rows; in the step before it had {before}",
        )


def limits_of(contract: Contract, scaling: Scaling | None) -> tuple[Matrix, Matrix]:
    """Return the least and greatest value of each feature, scaled; bounds are kept by any scaling.

    Without stated bounds those of a robust scaling are what it makes of infinite values.
    """
    low, high = contract.limits
    if scaling is not None:
        constant = scaling.std == 0
        with np.errstate(invalid="ignore"):
            low, high = scaling.transform(low), scaling.transform(high)
        low, high = (np.where(constant, _scaled_constant(scaling), end) for end in (low, high))
    return np.maximum(low, -_FARTHEST), np.minimum(high, _FARTHEST)


def check_spread(
    n: Counts, mean: Matrix, ss: Matrix, limits: tuple[Matrix, Matrix], grid: float, what: str
) -> None:
    """Refuse means outside of limits, and sums of squares that no values within them have.

    The variance of values between a and b is at most (b - a)^2 / 4 [1]_.

    Parameters
    ----------
    n : numpy.ndarray of int, shape (k,) or (k, d)
        Counts.
    mean, ss : numpy.ndarray, shape (k, d)
        Means and sums of squared deviations.
    limits : tuple of numpy.ndarray, shape (d,)
        Least and greatest values.
    grid : float
        What means and deviations are rounded to, in standard deviations.
    what : str
        What these are figures of.

    References
    ----------
    .. [1] Popoviciu, "Sur les équations algébriques ayant toutes leurs racines réelles",
       Mathematica, 1935.

    Examples
    --------
    >>> ends = np.array([0.0]), np.array([1.0])
    >>> check_spread(np.array([10]), np.array([[1.5]]), np.array([[0.0]]), ends, 0.0, "cluster")
    Traceback (most recent call last):
    sparkfl.exchange.reason.RefusalError: out_of_bounds: the mean of feature 0 of cluster 0 is \
1.5, outside of 0 to 1
    """
    low, high = limits
    width = high - low
    slack = (grid + _ROUNDING) * np.maximum(width, 1.0) + _ROUNDING * np.maximum(
        np.abs(low), np.abs(high)
    )
    counts = n if n.ndim == mean.ndim else n[:, None]
    deviation = np.sqrt(np.maximum(ss, 0.0) / np.maximum(counts, 1))
    outside = (mean < low - slack) | (mean > high + slack)
    wide = (ss < 0) | (deviation > width / 2 + slack)
    for wrong, name, value in ((outside, "mean", mean), (wide, "sum of squares", ss)):
        if wrong.any():
            i, f = (int(place[0]) for place in np.nonzero(wrong))
            raise RefusalError(
                Reason.OUT_OF_BOUNDS,
                f"the {name} of feature {f} of {what} {i} is {value[i, f]:g}, outside of "
                f"{low[f]:g} to {high[f]:g}",
            )


def _scaled_constant(scaling: Scaling) -> Matrix:
    """Return what constant features scale to."""
    return scaling.transform(scaling.mean)
