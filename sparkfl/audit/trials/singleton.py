"""Trials of releases that are a customer: alone, ten times, with ten rows, or nearly."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.attacks.dominance import estimated_largest, within
from sparkfl.audit.attacks.singleton import read_rows, recovered
from sparkfl.audit.population import Population
from sparkfl.audit.protection import Plan, Protection
from sparkfl.audit.store import Store

__all__ = ["dominated", "equal_customers", "rows_of_one", "singletons"]

TEN = 10
_PLAN = Plan(k=8)


def singletons(protection: Protection, population: Population, seed: int) -> float:
    """Share of the stores, with three outliers each, of which a customer's row is read off.

    Examples
    --------
    >>> from sparkfl.audit.population import generated
    >>> from sparkfl.audit.protections import NONE, SIZES
    >>> singletons(NONE, generated(20), 0) > 0.3, singletons(SIZES, generated(20), 0)
    (True, 0.0)
    """
    rng = np.random.default_rng(seed)
    hits = 0
    for store in population.stores(rng):
        with_outliers = store.joined(population.outliers(3, rng))
        told = protection.told(with_outliers, _PLAN, seed=seed)
        hits += recovered(read_rows(told), with_outliers.rows) > 0
    return hits / population.tried


def equal_customers(protection: Protection, population: Population, seed: int) -> float:
    """Share of the stores of which the row of ten equal customers is read off."""
    rng = np.random.default_rng(seed)
    hits = 0
    for store in population.stores(rng):
        same = np.repeat(population.outliers(1, rng), TEN, axis=0)
        told = protection.told(store.joined(same), _PLAN, seed=seed)
        hits += recovered(read_rows(told), same) > 0
    return hits / population.tried


def rows_of_one(protection: Protection, population: Population, seed: int) -> float:
    """Share of the stores of which a released cluster is one customer, who has ten rows."""
    rng = np.random.default_rng(seed)
    hits = 0
    for store in population.stores(rng):
        own = population.outliers(1, rng) + 0.1 * rng.normal(size=(TEN, population.d))
        told = protection.told(store.joined(own, same=True), _PLAN, seed=seed)
        if told.clusters is not None:
            hits += recovered(told.clusters.mean, own.mean(axis=0, keepdims=True)) > 0
    return hits / population.tried


def dominated(protection: Protection, population: Population, seed: int) -> float:
    """Share of the stores of which the largest customer's value is estimated within 5 %."""
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(population.tried):
        rows = rng.lognormal(size=(population.size, population.d))
        rows[0] *= 100.0
        told = protection.told(Store.of_rows(rows), _PLAN, seed=seed)
        hits += within(estimated_largest(told), rows)
    return hits / population.tried
