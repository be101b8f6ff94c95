"""Trials of a differencing guard: small changes must not be told, others must."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sparkfl.audit.population import Population
from sparkfl.audit.protection import Plan, Protection
from sparkfl.audit.protections import MIN_SIZE
from sparkfl.audit.store import Store
from sparkfl.audit.told import Told, vector

__all__ = ["Change", "harmless_changes", "held_back", "small_changes", "told_of_few"]

_SHARE = 5
"""A store in so many: each has all changes made to it."""


@dataclass(frozen=True)
class Change:
    """Versions of a store, of which the last is in question.

    Parameters
    ----------
    name : str
        What it is called.
    versions : sequence of Store
        Oldest first.
    base : int, default 0
        The version that the last one differs from as the name says.
    """

    name: str
    versions: Sequence[Store]
    base: int = 0


Changes = Callable[[Population, np.random.Generator], Iterator[Change]]


def small_changes(population: Population, rng: np.random.Generator) -> Iterator[Change]:
    """Make versions of a store of which the last differs from an earlier one by few customers.

    Examples
    --------
    >>> from sparkfl.audit.population import generated
    >>> changes = small_changes(generated(), np.random.default_rng(0))
    >>> [change.name for change in changes][:3]
    ['one joined', 'one left', 'one for another']
    """
    few = MIN_SIZE - 1
    drawn = population.draw(population.size + 3 * MIN_SIZE, rng)
    store, new = Store.of_rows(drawn[: population.size]), drawn[population.size :]
    changed = store.rows.copy()
    changed[0] = new[0]
    grown, more = store.joined(new[:MIN_SIZE]), store.joined(new[: 2 * MIN_SIZE])
    yield Change("one joined", [store, store.joined(new[:1])])
    yield Change("one left", [store, store.without(0)])
    yield Change("one for another", [store, store.without(0).joined(new[:1])])
    yield Change("one changed", [store, Store(changed, store.entity)])
    yield Change("nine joined", [store, store.joined(new[:few])])
    yield Change("nine left", [store, store.without(*range(few))])
    yield Change("four for four", [store, store.without(0, 1, 2, 3).joined(new[:4])])
    yield Change("one with ten rows joined", [store, store.joined(new[:MIN_SIZE], same=True)])
    yield Change("ten joined, then one", [store, grown, store.joined(new[: MIN_SIZE + 1])], base=1)
    yield Change("twenty joined and left, but one", [store, more, store.joined(new[:1])])


def harmless_changes(population: Population, rng: np.random.Generator) -> Iterator[Change]:
    """Make versions of a store of which the last differs from all others by ten or more."""
    drawn = population.draw(population.size + 4 * MIN_SIZE, rng)
    store, new = Store.of_rows(drawn[: population.size]), drawn[population.size :]
    half = population.size // 2
    yield Change("ten joined", [store, store.joined(new[:MIN_SIZE])])
    yield Change("forty joined", [store, store.joined(new)])
    yield Change("ten left", [store, store.without(*range(MIN_SIZE))])
    yield Change("twenty for twenty", [store, store.without(*range(20)).joined(new[:20])])
    yield Change("all but half left", [store, store.without(*range(half))])
    yield Change("all are others", [store, Store.of_rows(population.draw(population.size, rng))])
    # Five on top of five: the first are held back, and together they are ten.
    yield Change("five joined, twice", [store, store.joined(new[:5]), store.joined(new[:MIN_SIZE])])


def told_of_few(protection: Protection, population: Population, seed: int) -> float:
    """Share of the small changes of which the last version tells something new."""
    return _news(protection, small_changes, population, seed, lambda told: told)


def held_back(protection: Protection, population: Population, seed: int) -> float:
    """Share of the harmless changes of which the last version has no new clusters."""
    news = _news(protection, harmless_changes, population, seed, lambda told: Told(told.clusters))
    return 1 - news


def _news(
    protection: Protection,
    changes: Changes,
    population: Population,
    seed: int,
    part: Callable[[Told], Told],
) -> float:
    """Share of the changes whose last version differs from what was told before.

    Without the changes whose base was held back: from what was never told, nothing differs.
    """
    rng = np.random.default_rng(seed)
    news = []
    for _ in range(-(-population.tried // _SHARE)):
        for change in changes(population, rng):
            told: list[Told] = []
            for place, store in enumerate(change.versions):
                before = told[-1] if told else None
                told.append(protection.told(store, Plan(), before, seed + place))
            parts = list(map(part, told))
            if _is_new(parts[: change.base + 1]):
                news.append(_is_new(parts))
    return float(np.mean(news))


def _is_new(told: Sequence[Told]) -> bool:
    """Tell whether the last version tells what none before it has."""
    return not any(_same(told[-1], earlier) for earlier in told[:-1])


def _same(one: Told, other: Told) -> bool:
    """Tell whether two versions tell the same; one that tells nothing tells nothing new."""
    if one.clusters is None and one.moments is None and one.fingerprint is None:
        return True
    same = np.array_equal(vector(one), vector(other), equal_nan=True)
    return same and one.fingerprint == other.fingerprint
