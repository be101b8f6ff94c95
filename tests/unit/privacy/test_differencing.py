"""The attack of two versions on one customer, and the guard against it."""

from __future__ import annotations

from itertools import product

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sparkfl.local.fitting import LocalFit
from sparkfl.local.stores import Block
from sparkfl.privacy import differencing
from sparkfl.privacy.differencing import (
    Membership,
    finest_merge,
    smallest_difference,
    unions_of_few,
)
from sparkfl.privacy.release import release
from sparkfl.privacy.rounding import rounded_counts
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary


def test_two_versions_give_away_the_customer_who_joined_and_the_guard_sees_it() -> None:
    random = np.random.default_rng(0)
    rows = random.normal(size=(41, 3))
    labels = np.repeat([0, 1], [20, 21])
    before, now = (
        release(ClusterSummary.of_rows(rows[:n], labels[:n]), Rules(10)) for n in (40, 41)
    )
    assert before is not None
    assert now is not None
    grown = int(np.flatnonzero(now.n == 21)[0])
    same = ((before.mean[:, None] - now.mean[None, 1 - grown]) ** 2).sum(axis=-1).argmin()
    attacked = now.n[grown] * now.mean[grown] - before.n[1 - same] * before.mean[1 - same]
    assert_allclose(attacked, rows[40], atol=1e-12)
    who = np.arange(41)
    first, second = (Membership.of_rows(who[:n], labels[:n], who[:n] + 7) for n in (40, 41))
    assert smallest_difference(first, second) == 1


patterns = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 2), st.integers(1, 3)), min_size=1, max_size=12
)


def membership(rows: list[tuple[int, int, int]]) -> Membership:
    who, where, what = (np.array(column) for column in zip(*rows, strict=True))
    where = np.unique(where, return_inverse=True)[1]
    return Membership.of_rows(who, where, what * 1000003)


def brute(before: Membership, now: Membership) -> int:
    """Compare every union with every other, set by set."""

    def held(own: Membership, union: tuple[int, ...]) -> dict[int, int]:
        found: dict[int, int] = {}
        for entity, cluster, content in zip(own.entity, own.cluster, own.content, strict=True):
            if cluster in union:
                found[int(entity)] = found.get(int(entity), 0) + int(content)
        return found

    def unions(own: Membership) -> list[tuple[int, ...]]:
        chosen = product([False, True], repeat=own.clusters)
        return [tuple(np.flatnonzero(flags)) for flags in chosen]

    everyone = len({*before.entity.tolist(), *now.entity.tolist()})
    counts = [everyone]
    for u, v in product(unions(before), unions(now)):
        one, other = held(before, u), held(now, v)
        counts.append(sum(one.get(e, 0) != other.get(e, 0) for e in {*one, *other}))
    return min(count for count in counts if count)


@given(patterns, patterns)
@settings(deadline=None)
def test_the_smallest_difference_is_that_of_all_sets(
    one: list[tuple[int, int, int]], other: list[tuple[int, int, int]]
) -> None:
    before, now = membership(one), membership(other)
    assert smallest_difference(before, now) == brute(before, now)


def test_of_many_in_several_clusters_the_clusters_themselves_are_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(differencing, "_MOST_COMPARED", 0)
    rows = [(who, cluster, 1) for who in range(20) for cluster in range(2)]
    assert smallest_difference(membership(rows), membership([*rows, (99, 1, 1)])) == 1


def test_customers_who_change_places_or_rows_are_a_difference() -> None:
    who = np.arange(30)
    labels = np.repeat([0, 1], 15)
    before = Membership.of_rows(who, labels, who + 1)
    moved = Membership.of_rows(who, np.where(who == 3, 1, labels), who + 1)
    assert smallest_difference(before, moved) == 1
    other = Membership.of_rows(who, labels, np.where(who == 3, 99, who + 1))
    assert smallest_difference(before, other) == 1
    assert smallest_difference(before.without_content(), other.without_content()) == 15
    # Fifteen leave and fifteen others come: each cluster differs by enough, and so do both.
    fresh = Membership.of_rows(
        np.r_[who[:15], who[:15] + 100], labels, np.r_[who[:15], who[:15]] + 1
    )
    assert smallest_difference(before, fresh) == 15


def test_clusters_that_differ_enough_may_have_a_union_that_does_not() -> None:
    """Ten change places between two of three clusters, and one joins: the union tells."""
    who = np.arange(60)
    labels = np.repeat([0, 1, 2], 20)
    changed = labels.copy()
    changed[:10], changed[20:30] = 1, 0
    before = Membership.of_rows(who, labels, who + 1)
    now = Membership.of_rows(np.r_[who, 99], np.r_[changed, 0], np.r_[who, 99] + 1)
    assert smallest_difference(before, now) == 1


def partitions(clusters: int) -> list[tuple[int, ...]]:
    """All ways to give clusters labels, each once."""
    every = product(range(clusters), repeat=clusters)
    return [own for own in every if list(dict.fromkeys(own)) == list(range(max(own) + 1))]


@given(patterns, patterns, st.integers(2, 5))
@settings(deadline=None)
def test_the_finest_merge_differs_by_enough_and_none_is_finer(
    one: list[tuple[int, int, int]], other: list[tuple[int, int, int]], least: int
) -> None:
    before, now = membership(one), membership(other)
    few = unions_of_few(before, now, least)
    may = np.ones(2**now.clusters, dtype=bool)
    enough = [
        max(own) + 1
        for own in partitions(now.clusters)
        if not unions_of_few(before, now.merged(np.array(own)), least).any()
    ]
    fewest = max(2, -(-now.clusters // 2))
    found = finest_merge(few, may, now.clusters)
    if found is None:
        assert max(enough, default=0) < fewest
    else:
        assert found.max() + 1 == max(enough) >= fewest
        told = now.merged(found)
        everyone = len({*before.entity.tolist(), *told.entity.tolist()})
        assert brute(before, told) >= min(least, everyone)


def test_a_merge_that_may_not_be_told_is_none() -> None:
    few = np.zeros(8, dtype=bool)
    few[0b100] = few[0b011] = True
    may = np.ones(8, dtype=bool)
    assert finest_merge(few, may, 3) is not None
    for union in (0b110, 0b101):
        may[union] = False
    assert finest_merge(few, may, 3) is None


@pytest.mark.parametrize("seed", range(5))
def test_members_are_of_the_clusters_as_they_are_told(seed: int) -> None:
    """Whatever order rounding brings clusters into, a union is of the same of both."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(120, 2)) + random.integers(0, 3, size=(120, 1)) * 5
    rules = Rules(10, round=5, grid=0.01, dominance=0.9)
    fit = LocalFit("kmeans", 5, 0, rules, Scaling.identity(2), guarded=True)
    block = Block(pa.array([0]), np.array([120]), np.ascontiguousarray(rows.T))
    result = fit.fit_block(block, np.arange(120.0), np.arange(1.0, 121.0))[0]
    assert result.atoms is not None
    whose = result.atoms.membership.merged(result.atoms.home)
    assert result.summary is not None
    assert result.mergeable is not None
    of_each = whose.cluster
    sizes = np.bincount(of_each)
    assert rounded_counts(sizes, 5).tolist() == result.summary.n.tolist()
    means = np.stack([rows[whose.entity[of_each == c]].mean(axis=0) for c in range(len(sizes))])
    assert_allclose(means, result.summary.mean, atol=0.05)
    assert result.mergeable.shape == (2 ** len(sizes),)
    assert not result.mergeable[0]
    assert result.mergeable[2 ** np.arange(len(sizes))].all()
