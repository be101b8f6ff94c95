"""Trial of neighbouring data: the least epsilon that a release can have."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.epsilon import epsilon_lower_bound
from sparkfl.audit.population import Population
from sparkfl.audit.protection import Plan, Protection
from sparkfl.audit.store import Store
from sparkfl.audit.told import vector

__all__ = ["least_epsilon"]

_FEWEST, _TIMES = 80, 4


def least_epsilon(protection: Protection, population: Population, seed: int) -> float:
    """Lower bound of epsilon for an outlier of a store, of clusters and moments.

    Few runs show little: what has no noise shows 4.0 by the 400 of 100 stores.
    """
    rng = np.random.default_rng(seed)
    store = Store.of_rows(population.draw(population.size, rng)).joined(population.outliers(1, rng))
    outlier, runs = int(store.entity[-1]), max(_FEWEST, _TIMES * population.tried)

    def mechanism(own: Store, noise: np.random.Generator) -> np.ndarray:
        return vector(protection.release(own, Plan(), None, noise))

    return epsilon_lower_bound(mechanism, store, outlier, runs, seed=seed).epsilon
