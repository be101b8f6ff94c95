"""What stores tell in a step as vectors that are only summed, and what a total says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from sparkfl.exchange.contract import Contract
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.steps.limits import check_counts, check_growth, check_spread, limits_of
from sparkfl.exchange.steps.moments import AsinhStep, MomentsStep
from sparkfl.exchange.steps.so_far import SoFar
from sparkfl.local.result import LocalResult, Verdict
from sparkfl.secure_aggregation.cells import cells_of, cells_vector
from sparkfl.secure_aggregation.vectors import (
    clusters_of,
    clusters_vector,
    moments_of,
    moments_vector,
)
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.severity import BINS_PER_OCTAVE, LARGEST_SCORE, SMALLEST_SCORE

__all__ = ["GRID", "SUMS", "Sum", "check_total"]

_WIDTH = BINS_PER_OCTAVE // 8
GRID = range(
    int(BINS_PER_OCTAVE * np.log2(SMALLEST_SCORE)),
    int(BINS_PER_OCTAVE * np.log2(LARGEST_SCORE)) + 1,
    _WIDTH,
)
"""Edges of the bins that scores are summed in: an eighth of a doubling each, fixed beforehand."""


@dataclass(frozen=True)
class Sum:
    """How figures of one kind become a vector, and a total such figures.

    Parameters
    ----------
    length : callable
        Numbers of the vector, by the contract.
    vector : callable
        Vector of what a store tells; None if it tells nothing.
    figures : callable
        What a total says, as one store would have told it.
    """

    length: Callable[[Contract], int]
    vector: Callable[[Any], Sequence[Fraction] | None]
    figures: Callable[[Sequence[Fraction], Contract], Any]


def _moments(total: Sequence[Fraction], contract: Contract) -> Moments:
    return moments_of(total, len(contract.features))


def _clusters(total: Sequence[Fraction], contract: Contract) -> LocalResult:
    own = clusters_of(total, contract.params["globalK"], len(contract.features))
    return LocalResult(Verdict.OK, int(own.n.sum()), own)


_MOMENTS = Sum(
    lambda contract: 3 * len(contract.features),
    lambda told: None if told is None else moments_vector(told),
    _moments,
)

SUMS: Mapping[str, Sum] = {
    "moments": _MOMENTS,
    "asinh": _MOMENTS,
    "lloyd": Sum(
        lambda contract: contract.params["globalK"] * (2 * len(contract.features) + 1),
        lambda told: None if told.summary is None else clusters_vector(told.summary),
        _clusters,
    ),
    "scores": Sum(
        lambda _: 2 * (len(GRID) - 1),
        lambda told: cells_vector(told, GRID) if told else None,
        lambda total, _: cells_of(total, GRID),
    ),
}
"""By the kind of step; a step that is not here has nothing that can only be summed."""


def check_total(kind: str, figures: Any, so_far: SoFar, before: int | None) -> int:
    """Check whether a total can be one of values within the federation's bounds; count its rows.

    Parameters
    ----------
    kind : str
        Of the step.
    figures : object
        What the total says.
    so_far : SoFar
        The steps before.
    before : int or None
        Rows of the total before, if it was over the same stores.

    Raises
    ------
    RefusalError
        If some store must have added what it cannot have. Which one cannot be known.

    Examples
    --------
    >>> given = {"inputCols": ["a"]}
    >>> contract = Contract.made("f1", "shops", "00" * 32, given, bounds={"a": (0, 9)})
    >>> figures = Moments(np.array([[40]]), np.array([[12.0]]), np.array([[1.0]]))
    >>> check_total("moments", figures, SoFar(contract), None)
    Traceback (most recent call last):
    sparkfl.exchange.reason.RefusalError: out_of_bounds: the mean of feature 0 of total 0 is 12, \
outside of 0 to 9
    """
    contract, rules = so_far.contract, so_far.contract.rules
    if kind == "scores":
        n = np.array([count for count, _ in figures], np.int64)
    elif isinstance(figures, Moments):
        n = figures.n[0]
    else:
        n = figures.summary.n
    known = n != 0
    if not known.any():
        raise RefusalError(Reason.BAD_COUNTS, "the total is of no rows")
    # Stores may round more than they are asked to.
    least = replace(rules, min_size=max(rules.min_size - rules.round, 1), round=1)
    check_counts(n[known], least, "n of total")
    rows = int(n.max()) if isinstance(figures, Moments) else int(n.sum())
    check_growth(rows, before)
    if kind == "scores":
        mean = np.array([place for _, place in figures])
        if (np.diff(mean) >= 0).any() or mean[0] > GRID[-1] or mean[-1] < GRID[0]:
            raise RefusalError(Reason.OUT_OF_BOUNDS, "a bin's mean lies outside of it")
    elif isinstance(figures, Moments):
        step = AsinhStep() if kind == "asinh" else MomentsStep()
        low, high = step.limits(so_far)
        own = (figures.n[:, known], figures.mean[:, known], figures.ss[:, known])
        check_spread(*own, (low[known], high[known]), rules.grid, "total")
    else:
        space = limits_of(contract, so_far.scaling)
        own = figures.summary.ordered(np.flatnonzero(known))
        check_spread(own.n, own.mean, own.ss, space, rules.grid, "total")
    return rows
