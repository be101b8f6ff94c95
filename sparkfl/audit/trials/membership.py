"""Trials of membership and attribute inference: customers who are there against others."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
from sklearn.metrics import roc_auc_score

from sparkfl.audit.attacks.attribute import inferred
from sparkfl.audit.attacks.membership import by_nearest_mean, by_spread
from sparkfl.audit.population import Population
from sparkfl.audit.protection import Plan, Protection
from sparkfl.audit.store import Store
from sparkfl.audit.told import Told
from sparkfl.audit.trial import Run
from sparkfl.statistics.summary import Matrix

__all__ = ["SCORES", "attribute", "membership"]

SCORES: dict[str, Callable[[Told, Matrix], float]] = {
    "nearest mean": by_nearest_mean,
    "spread": by_spread,
}
_TIMES, _EACH = 8, 2
"""Times as many stores as for other attacks, and so many members and others of each."""
_CLOSE = 0.25


def membership(score: str, outliers: bool) -> Run:
    """Make a trial: the AUC of a score for members against others of the same kind.

    Parameters
    ----------
    score : str
        A name in `SCORES`.
    outliers : bool
        Whether the customers are outliers; a store has two.

    Examples
    --------
    >>> from sparkfl.audit.population import generated
    >>> from sparkfl.audit.protections import NONE
    >>> membership("nearest mean", outliers=True)(NONE, generated(20), 0) > 0.6
    True
    """

    def run(protection: Protection, population: Population, seed: int) -> float:
        scores: list[float] = []
        there: list[bool] = []
        for told, members, others in _told(protection, population, seed, outliers):
            scores += [SCORES[score](told, customer) for customer in (*members, *others)]
            there += [True] * len(members) + [False] * len(others)
        auc = float(roc_auc_score(there, scores))
        # An attacker who is wrong more often than right turns the answer around.
        return max(auc, 1 - auc)

    return run


def attribute(protection: Protection, population: Population, seed: int) -> float:
    """Advantage in guessing an outlier's hidden feature to a quarter of a deviation.

    The share that is guessed of members less that of others, who can be guessed as well as the
    population allows.
    """
    rng = np.random.default_rng(seed)
    deviation = population.draw(population.size, rng).std(axis=0)
    met: list[list[bool]] = []
    for told, members, others in _told(protection, population, seed, True):
        hidden = int(rng.integers(population.d))
        close = _CLOSE * deviation[hidden]
        met += [
            [abs(inferred(told, each, hidden) - each[hidden]) <= close for each in pair]
            for pair in zip(members, others, strict=True)
        ]
    shares = np.array(met).mean(axis=0)
    return float(shares[0] - shares[1])


def _told(
    protection: Protection, population: Population, seed: int, outliers: bool
) -> Iterator[tuple[Told, Matrix, Matrix]]:
    """Go through what stores tell, with two members and two who are none of it, all of a kind."""
    rng = np.random.default_rng(seed)
    for _ in range(_TIMES * population.tried * (protection.times if outliers else 1)):
        drawn = population.draw(population.size + _EACH, rng)
        far = population.outliers(2 * _EACH, rng)
        rows = np.concatenate([drawn[:-_EACH], far[:_EACH]])
        kind = far if outliers else drawn
        members, others = kind[:_EACH], kind[-_EACH:]
        yield protection.told(Store.of_rows(rows), Plan(), seed=seed), members, others
