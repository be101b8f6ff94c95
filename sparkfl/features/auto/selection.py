"""Candidates in the order of what they add, on rows that were held out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from sparkfl.features.auto.additive import Additive, Steps

__all__ = ["Selection", "select"]

Whole = npt.NDArray[np.int64]

_KEPT, _SHADOWS, _SPREADS, _MOST_COLUMNS = 60, 30, 4.0, 40


@dataclass(frozen=True)
class Selection:
    """What was chosen, and why.

    Attributes
    ----------
    chosen : list of int
        Candidates, the best first.
    gains : dict of int to float
        What each adds to those chosen before it; of the others, to all that were chosen when it
        was last tried.
    alone : dict of int to float
        What each adds to the columns as they are.
    noise : float
        The most that a candidate adds once its rows are shuffled: of thirty of them, or the mean
        and four standard deviations.
    complete : bool
        Whether there was time for all.
    """

    chosen: list[int] = field(default_factory=list)
    gains: dict[int, float] = field(default_factory=dict)
    alone: dict[int, float] = field(default_factory=dict)
    noise: float = 0.0
    complete: bool = True


def select(
    candidates: Sequence[Steps | None],
    columns: Sequence[Steps],
    target: npt.NDArray[np.float64],
    folds: Whole,
    seed: int,
    *,
    most: int = 20,
    least_gain: float = 0.001,
    until: float = float("inf"),
    clock: Callable[[], float] = time.monotonic,
) -> Selection:
    """Choose, one after another, the candidate that adds most to what is there already.

    Greedy forward selection as of wrappers [1]_: what a candidate adds is the share of the target's
    variance that an additive model of the columns, those chosen and the candidate explains of
    held-out rows, less that without it. To be chosen, it has to add more than any does
    once its rows are shuffled, which are Boruta's shadows [2]_, and more than twice the standard
    error over the folds.

    Parameters
    ----------
    candidates : sequence of Steps or None
        The candidates; None where one says nothing.
    columns : sequence of Steps
        The columns as they are, those that say most of the target first; forty are taken.
    target : numpy.ndarray of shape (rows, outputs)
        As of `Additive`.
    folds : numpy.ndarray of shape (rows,)
        The fold of each row, from 0.
    seed : int
        Seed of the shuffling.
    most : int, default 20
        How many are chosen at most.
    least_gain : float, default 0.001
        What has to be added at least.
    until : float, optional
        Time of `clock` after which nothing further is tried.
    clock : callable, default time.monotonic
        Tells the time.

    References
    ----------
    .. [1] R. Kohavi, G. John: Wrappers for Feature Subset Selection. Artificial Intelligence 97
       (1-2), 1997.
    .. [2] M. Kursa, W. Rudnicki: Feature Selection with the Boruta Package. J. Stat. Softw.
       36 (11), 2010.

    Examples
    --------
    >>> from sparkfl.features.auto.additive import steps
    >>> rng = np.random.default_rng(0)
    >>> x, noise = rng.normal(size=(2, 500))
    >>> tried = [steps(noise), steps(x)]
    >>> found = select(tried, [], (x / x.std())[:, None], np.arange(500) % 5, seed=1)
    >>> found.chosen, found.gains[1] > 0.8, found.gains[0] < 0.01
    ([1], True, True)
    """
    with threadpool_limits(1):
        model = Additive(target, folds)
        for own in columns[:_MOST_COLUMNS]:
            model.add(own)
        known = [i for i, own in enumerate(candidates) if own is not None]
        alone, sure, complete = _tried(model, candidates, known, until, clock)
        alone |= {i: 0.0 for i, own in enumerate(candidates) if own is None}
        noise = _noise(model, candidates, [i for i in known if i in alone], seed)
        bound, gains = max(least_gain, noise), dict(alone)
        left = sorted((i for i in sure if alone[i] > bound), key=lambda i: (-alone[i], i))[:_KEPT]
        chosen: list[int] = []
        while left and complete:
            best = max(left, key=lambda i: (gains[i], -i))
            if gains[best] <= bound or not sure[best]:
                break
            chosen.append(best)
            left.remove(best)
            if len(chosen) == most:
                break
            model.add(_one(candidates, best))
            again, surely, complete = _tried(model, candidates, left, until, clock)
            gains |= again
            sure |= surely
        return Selection(chosen, gains, alone, noise, complete)


def _one(candidates: Sequence[Steps | None], place: int) -> Steps:
    own = candidates[place]
    assert own is not None
    return own


def _tried(
    model: Additive,
    candidates: Sequence[Steps | None],
    places: Sequence[int],
    until: float,
    clock: Callable[[], float],
) -> tuple[dict[int, float], dict[int, bool], bool]:
    """Return what candidates add, whether that is sure, and whether there was time for all."""
    gains, sure = dict[int, float](), dict[int, bool]()
    for i in places:
        if clock() > until:
            return gains, sure, False
        gains[i], sure[i] = model.gain(_one(candidates, i))
    return gains, sure, True


def _noise(
    model: Additive, candidates: Sequence[Steps | None], places: Sequence[int], seed: int
) -> float:
    """Return the most that one would add once its rows are shuffled, as some of them tell."""
    rng = np.random.default_rng(seed)
    some = places[:: max(1, len(places) // _SHADOWS)]
    gains = [model.gain(_one(candidates, i).shuffled(rng))[0] for i in some]
    return max([0.0, *gains, float(np.mean(gains) + _SPREADS * np.std(gains)) if gains else 0.0])
