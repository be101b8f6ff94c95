"""A lower bound on epsilon: how far neighbouring data can be told apart by what is released."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.stats import beta, norm
from sklearn.linear_model import Ridge

from sparkfl.audit.store import Store
from sparkfl.errors import ParameterError
from sparkfl.statistics.summary import Matrix

__all__ = ["Bound", "Mechanism", "epsilon_lower_bound"]

Mechanism = Callable[[Store, np.random.Generator], npt.ArrayLike]
"""Releases numbers of a store, with a source of noise; as many numbers each time, NaN for what is
not released."""

_THRESHOLDS = 64
_FEWEST = 20


@dataclass(frozen=True)
class Bound:
    """What an audit found.

    Parameters
    ----------
    epsilon : float
        With the stated confidence the mechanism's epsilon is at least this.
    runs : int
        Runs on each of the two data sets.
    most : float
        No audit of so many runs finds more: what two outputs that never agree would give.
    confidence : float
        Of the bound.
    """

    epsilon: float
    runs: int
    most: float
    confidence: float

    def refutes(self, stated: float) -> bool:
        """Tell whether a stated epsilon is wrong."""
        return self.epsilon > stated


def epsilon_lower_bound(
    mechanism: Mechanism,
    store: Store,
    entity: int,
    runs: int = 20_000,
    delta: float = 0.0,
    confidence: float = 0.95,
    seed: int = 0,
    gaussian: bool = False,
) -> Bound:
    """Bound the epsilon of a mechanism from below, by running it on neighbouring data [1]_, [2]_.

    The neighbour is the store without one entity and all of its rows. The mechanism runs many
    times on both. On half of the runs a linear discriminant learns to tell the two apart, and the
    threshold, the side and the direction are chosen that would give the largest bound. The other
    half, which had no part in it, is counted: with probability `confidence`, by intervals of
    Clopper and Pearson [3]_, ``epsilon >= log((p - delta) / q)``, p and q the chances of the event
    on the two sets of data. Of noise that is stated to be Gaussian more is known: p and q tell how
    far apart the two normal distributions are, and that tells epsilon [2]_.

    Parameters
    ----------
    mechanism : callable
        Release of a store's numbers, see `Mechanism`.
    store : Store
        Data; the worst are those in which the entity is far from all others.
    entity : int
        Who is in one set of data and not in the other.
    runs : int, default 20000
        Runs on each set of data. A bound of epsilon takes some ``50 exp(epsilon)`` at least.
    delta : float, default 0
        The delta that is stated with epsilon.
    confidence : float, default 0.95
        Probability with which the bound holds.
    seed : int, default 0
        Seed of the mechanism's noise.
    gaussian : bool, default False
        Whether the stated noise is Gaussian; the bound refutes that statement then, and is tight.

    Returns
    -------
    Bound

    Raises
    ------
    ParameterError
        If the entity is not in the store, there are too few runs, or Gaussian noise is stated
        without a delta.

    References
    ----------
    .. [1] Jagielski, Ullman, Oprea, "Auditing differentially private machine learning: how private
       is private SGD?", NeurIPS 2020.
    .. [2] Nasr, Hayes, Steinke, Balle, Tramèr, Jagielski, Carlini, Terzis, "Tight auditing of
       differentially private machine learning", USENIX Security 2023; in one run, Steinke, Nasr,
       Jagielski, "Privacy auditing with one (1) training run", NeurIPS 2023, which takes hundreds
       of canaries in one store that do not get in one another's way.
    .. [3] Clopper, Pearson, "The use of confidence or fiducial limits illustrated in the case of
       the binomial", Biometrika 1934.

    Examples
    --------
    >>> def laplace(store, rng):  # a count with epsilon 1
    ...     return [len(store) + rng.laplace()]
    >>> bound = epsilon_lower_bound(laplace, Store.of_rows(np.zeros((50, 1))), entity=0)
    >>> 0.7 < bound.epsilon < 1.0, bound.refutes(1.0), bound.refutes(0.5)
    (True, False, True)
    """
    if entity not in store.entity:
        raise ParameterError(
            f"Entity {entity!r} has no row in the store; name one of its {store.customers}."
        )
    if runs < 4 * _FEWEST:
        raise ParameterError(f"runs is {runs}; it must be at least {4 * _FEWEST}.")
    if gaussian and not 0 < delta < 1:
        raise ParameterError(f"delta is {delta}; Gaussian noise has one between 0 and 1.")
    rng = np.random.default_rng(seed)
    with_, without = (_runs(mechanism, data, runs, rng) for data in (store, store.without(entity)))
    half = runs // 2
    score = _discriminant(with_[:half], without[:half])
    learn = score(with_[:half]), score(without[:half])
    judge = score(with_[half:]), score(without[half:])
    alpha = (1 - confidence) / 2

    def bound(likely: int, other: int, of: int) -> float:
        p = float(beta.ppf(alpha, likely, of - likely + 1)) if likely else 0.0
        q = float(beta.ppf(1 - alpha, other + 1, of - other)) if other < of else 1.0
        return _gaussian(p, q, delta) if gaussian else _any(p, q, delta)

    best = max(_events(*learn), key=lambda event: bound(*_counts(event, *learn)))
    judged = len(judge[0])
    return Bound(bound(*_counts(best, *judge)), runs, bound(judged, 0, judged), confidence)


_Event = tuple[int, bool, float]
"""Which data it is likelier on, whether it is above the threshold, and the threshold."""


def _runs(mechanism: Mechanism, store: Store, runs: int, rng: np.random.Generator) -> Matrix:
    """Run a mechanism many times, shape (runs, numbers); what is not released is told by a 1."""
    outputs = [np.asarray(mechanism(store, rng), dtype=np.float64).ravel() for _ in range(runs)]
    width = max(map(len, outputs))
    padded = np.full((runs, width), np.nan)
    for row, output in zip(padded, outputs, strict=True):
        row[: len(output)] = output
    absent = np.isnan(padded)
    return np.concatenate([np.where(absent, 0.0, padded), absent], axis=1)


def _discriminant(with_: Matrix, without: Matrix) -> Callable[[Matrix], Matrix]:
    """Learn to tell runs on the two sets of data apart: a score, higher with the entity."""
    width = max(with_.shape[1], without.shape[1])
    both = np.concatenate([_padded(runs, width) for runs in (with_, without)])
    label = np.repeat([1, 0], [len(with_), len(without)])
    varies = np.ptp(both, axis=0) > 0
    if not varies.any():
        return lambda runs: np.zeros(len(runs))
    mean, deviation = both[:, varies].mean(axis=0), both[:, varies].std(axis=0)
    scaled = (both[:, varies] - mean) / deviation
    # The regression on the label is Fisher's discriminant; it bears numbers that vary together.
    direction = Ridge(alpha=1e-6 * len(scaled)).fit(scaled, label).coef_

    def score(runs: Matrix) -> Matrix:
        scores: Matrix = ((_padded(runs, width)[:, varies] - mean) / deviation) @ direction
        return scores

    return score


def _padded(runs: Matrix, width: int) -> Matrix:
    """Bring runs to one width."""
    return np.pad(runs, ((0, 0), (0, width - runs.shape[1])))


def _events(with_: Matrix, without: Matrix) -> list[_Event]:
    """Events to choose from: above and below quantiles of all scores, on either side."""
    scores = np.unique(np.concatenate([with_, without]))
    ends = np.geomspace(_FEWEST / (2 * len(with_)), 0.5, _THRESHOLDS)
    quantiles = np.quantile(scores, np.concatenate([ends, 1 - ends]))
    # Between scores, so that what never varies falls on one side.
    middle = (scores[:-1] + scores[1:])[:_THRESHOLDS] / 2 if len(scores) <= _THRESHOLDS else []
    thresholds = np.unique(np.concatenate([quantiles, middle]))
    return list(product((0, 1), (True, False), thresholds.tolist()))


def _counts(event: _Event, with_: Matrix, without: Matrix) -> tuple[int, int, int]:
    """How often an event came on the data it is likelier on, on the others, and of how many."""
    side, above, threshold = event
    likely, other = (with_, without) if side == 0 else (without, with_)
    counts = [int(((s > threshold) if above else (s < threshold)).sum()) for s in (likely, other)]
    return counts[0], counts[1], len(likely)


def _any(p: float, q: float, delta: float) -> float:
    """Epsilon from the least chance of an event here and its greatest chance there."""
    return max(float(np.log((p - delta) / q)), 0.0) if p > delta else 0.0


def _gaussian(p: float, q: float, delta: float) -> float:
    """Tell it of Gaussian noise, by the distance of two normal distributions [1]_.

    References
    ----------
    .. [1] Balle, Wang, "Improving the Gaussian mechanism for differential privacy", ICML 2018:
       delta as a function of epsilon and of the distance in deviations.
    """
    distance = float(norm.ppf(p) - norm.ppf(q))
    if not distance > 0:
        return 0.0

    def beyond(epsilon: float) -> float:
        a, b = distance / 2 - epsilon / distance, -distance / 2 - epsilon / distance
        return float(norm.cdf(a) - np.exp(epsilon + norm.logcdf(b))) - delta

    if beyond(0.0) <= 0:
        return 0.0
    return float(brentq(beyond, 0.0, distance**2 / 2 + 40 * distance))
