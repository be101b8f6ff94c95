"""Trial of the aggregator: whether it reads what a store's rows add up to."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.attacks.aggregator import read_sums, sums
from sparkfl.audit.population import Population
from sparkfl.audit.protection import Protection

__all__ = ["sums_read"]

_EXACT = 1e-9


def sums_read(protection: Protection, population: Population, seed: int) -> float:
    """Share of the stores whose counts, sums and sums of squares are read exactly.

    Examples
    --------
    >>> from sparkfl.audit.population import generated
    >>> from sparkfl.audit.protections import NONE, SECURE
    >>> sums_read(NONE, generated(5), 0), sums_read(SECURE, generated(5), 0)
    (1.0, 0.0)
    """
    rng = np.random.default_rng(seed)
    hits = 0
    for store in population.stores(rng):
        own = sums(store.moments)
        found = read_sums(protection.told(store, seed=seed))
        hits += bool(len(found) and np.isclose(found, own, rtol=_EXACT).all(axis=1).any())
    return hits / population.tried
