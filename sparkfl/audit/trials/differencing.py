"""Trials of what two versions of a store give away."""

from __future__ import annotations

import numpy as np

from sparkfl.audit.attacks.differencing import between
from sparkfl.audit.attacks.enumeration import named
from sparkfl.audit.attacks.one_apart import guesses, one_apart
from sparkfl.audit.attacks.retraining import apart
from sparkfl.audit.attacks.rounds import moved
from sparkfl.audit.attacks.singleton import recovered
from sparkfl.audit.population import Population
from sparkfl.audit.protection import Plan, Protection, score_bins
from sparkfl.audit.store import Store
from sparkfl.audit.trial import Run
from sparkfl.statistics.anomaly import AnomalyRule
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["across_rounds", "differencing", "enumeration", "histogram", "retraining"]

_ROUNDS = 20
_EXACT, _CLOSE = 1e-6, 0.05
_SIZES = (16, 50, 200)


def differencing(channel: str) -> Run:
    """Make a trial: share of pairs of versions that a customer is read off.

    In turn one has joined, one has left, and one has taken another's place, of stores of 16, 50
    and 200. One of those is read off who is met to a twentieth of a deviation in every feature.

    Parameters
    ----------
    channel : str
        A name in `sparkfl.audit.attacks.differencing.CHANNELS`.

    Examples
    --------
    >>> from sparkfl.audit.population import generated
    >>> from sparkfl.audit.protections import SIZES
    >>> differencing("moments")(SIZES, generated(20), 0)
    1.0
    """

    def run(protection: Protection, population: Population, seed: int) -> float:
        rng = np.random.default_rng(seed)
        hits = 0
        for place in range(population.tried):
            size = min(_SIZES[place // 3 % len(_SIZES)], population.size)
            drawn = population.draw(size + 1, rng)
            store = Store.of_rows(drawn[:-1])
            new, gone = drawn[-1:], drawn[:1]
            after, customers = (
                (store.joined(new), new),
                (store.without(0), gone),
                (store.without(0).joined(new), np.concatenate([new, gone])),
            )[place % 3]
            before = protection.told(store, seed=seed)
            now = protection.told(after, before=before, seed=seed + 1)
            # Sure of one, who may have changed the cluster only, the attacker looks no further.
            found, there = one_apart(before, now, channel), drawn
            if not len(found):
                parts = [each(before, now, channel) for each in (between, guesses)]
                found = np.concatenate([part for part in parts if len(part)] or parts[:1])
                there = customers
            hits += bool(len(found)) and _met(found, there, store.rows.std(axis=0))
        return hits / population.tried

    return run


def histogram(protection: Protection, population: Population, seed: int) -> float:
    """Share of the customers who joined whose score is read off, to the bin of the grid.

    The rule is that of an earlier version, as it is when a store alone is trained again.
    """
    rng = np.random.default_rng(seed)
    rows = population.draw(population.size, rng)
    rule = AnomalyRule.of_clusters(ClusterSummary.of_rows(rows, np.zeros(len(rows), np.int64)))
    plan = Plan(rule=rule)
    hits = 0
    for _ in range(population.tried):
        drawn = population.draw(population.size + 1, rng)
        store = Store.of_rows(drawn[:-1])
        before = protection.told(store, plan, seed=seed)
        now = protection.told(store.joined(drawn[-1:]), plan, before, seed + 1)
        found = between(before, now, "histogram and threshold")
        bins = score_bins(Store.of_rows(drawn[-1:]), rule)
        hits += bool(len(found) and abs(found[0, 0] - bins[0]) < _EXACT * 1e3)
    return hits / population.tried


def retraining(protection: Protection, population: Population, seed: int) -> float:
    """Share of the stores of which a customer is read off five trainings of the same rows."""
    rng = np.random.default_rng(seed)
    hits = 0
    for store in population.stores(rng):
        told, before = [], None
        for k in range(3, 8):
            before = protection.told(store, Plan(k=k, seed=seed + k), before, seed=seed + k)
            told.append(before)
        found = apart(told)
        hits += bool(len(found)) and bool(_recovered(found, store.rows))
    return hits / population.tried


def across_rounds(protection: Protection, population: Population, seed: int) -> float:
    """Share of the stores of which a customer is read off twenty rounds of Lloyd's algorithm."""
    rng = np.random.default_rng(seed)
    hits = 0
    for place, store in enumerate(population.stores(rng)):
        told = protection.told(store, Plan(rounds=_ROUNDS, seed=seed + place), seed=seed)
        found = moved(told)
        hits += bool(len(found)) and bool(_recovered(found, store.rows))
    return hits / population.tried


def enumeration(protection: Protection, population: Population, seed: int) -> float:
    """Share of the customers who joined whose counts are found by trying all values.

    The attacker knows two features of the one who joined; the last two are whole numbers.
    """
    rng = np.random.default_rng(seed)
    hits = 0
    for _ in range(population.tried):
        rows = population.draw(population.size + 1, rng)
        rows[:, -2:] = rng.integers(0, (40, 375), size=(len(rows), 2))
        store, new = Store.of_rows(rows[:-1]), rows[-1]
        before = protection.told(store, seed=seed)
        now = protection.told(store.joined(new[None]), before=before, seed=seed + 1)
        hits += recovered(named(before, now, _candidates(new)), new[None]) > 0
    return hits / population.tried


def _candidates(customer: Matrix) -> Matrix:
    """All rows that a customer can have whose last two features are not known."""
    counts, days = np.meshgrid(np.arange(40.0), np.arange(375.0), indexing="ij")
    rows = np.repeat(customer[None], counts.size, axis=0)
    rows[:, -2], rows[:, -1] = counts.ravel(), days.ravel()
    return rows


def _recovered(found: Matrix, rows: Matrix) -> int:
    """Count found rows that are a customer's to a millionth."""
    near = np.abs(rows[:, None] - found[None]) <= _EXACT * np.maximum(1.0, np.abs(rows[:, None]))
    return int(near.all(axis=2).any(axis=0).sum())


def _met(found: Matrix, customers: Matrix, deviation: Matrix) -> bool:
    """Tell whether a customer was found: the value of every feature is among those found."""
    near = np.abs(found[:, None] - customers[None]) <= _CLOSE * deviation
    return bool(np.any(np.all(np.any(near, axis=0), axis=1)))
