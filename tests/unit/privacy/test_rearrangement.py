"""Clusters that differ from earlier ones by enough: who changes places, and that it is enough."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sparkfl.local.fitting import LocalFit
from sparkfl.local.result import LocalResult, Verdict, atoms_of, encode
from sparkfl.local.stores import Block
from sparkfl.privacy.atoms import Atoms
from sparkfl.privacy.differencing import Membership, smallest_difference
from sparkfl.privacy.rearrangement import differing
from sparkfl.privacy.release import safe
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.summary import ClusterSummary

RULES = Rules(4)
customers = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 2), st.integers(-9, 9)), min_size=8, max_size=40
)


def store(
    rows: list[tuple[int, int, int]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Values, clusters, customers and hashes."""
    who, where, x = (np.array(column) for column in zip(*rows, strict=True))
    cluster = np.unique(where, return_inverse=True)[1]
    return 20.0 * cluster[:, None] + x[:, None], cluster, who, who * 100 + x + 10


def parted(rows: list[tuple[int, int, int]]) -> Atoms:
    return Atoms.of_rows(*store(rows), most=RULES.min_size)


@given(customers)
@settings(deadline=None)
def test_parts_are_the_clusters(rows: list[tuple[int, int, int]]) -> None:
    values, cluster, who, content = store(rows)
    atoms = Atoms.of_rows(values, cluster, who, content, most=3)
    whole, again = ClusterSummary.of_rows(values, cluster), atoms.summary.merged(atoms.home)
    assert whole.n.tolist() == again.n.tolist()
    assert_allclose(again.mean, whole.mean)
    assert_allclose(again.ss, whole.ss, atol=1e-8)
    assert atoms.membership.merged(atoms.home).equals(Membership.of_rows(who, cluster, content))
    assert atoms.rows.sum() == len(rows)
    # Who is a part has rows nowhere else, and each row of the parts is between their extremes.
    entity = atoms.membership.entity
    assert all((entity == entity[place]).sum() == 1 for place in atoms.movable)
    assert (atoms.least <= atoms.summary.mean + 1e-9).all()
    assert (atoms.summary.mean <= atoms.greatest + 1e-9).all()
    encoded = encode(pa.array(["a"]), [LocalResult(Verdict.OK, 1, again, atoms=atoms)], True)
    read = atoms_of(encoded.to_pylist()[0])
    assert read.membership.equals(atoms.membership)
    assert np.array_equal(read.greatest, atoms.greatest)


@given(st.lists(customers, min_size=1, max_size=3), customers)
@settings(deadline=None, max_examples=200)
def test_what_is_told_differs_by_none_or_by_enough(
    before: list[list[tuple[int, int, int]]], rows: list[tuple[int, int, int]]
) -> None:
    atoms = parted(rows)
    told = [parted(own) for own in before]
    earlier = [(own.membership.merged(own.home), atoms.membership) for own in told]
    labels = differing(atoms, None, earlier, RULES)
    if labels is None:
        return
    now = atoms.membership.merged(labels)
    assert set(labels.tolist()) == set(range(labels.max() + 1))
    for own, _ in earlier:
        everyone = len({*own.entity.tolist(), *now.entity.tolist()})
        assert smallest_difference(own, now) >= min(RULES.min_size, everyone)
    if not np.array_equal(labels, atoms.home):
        assert safe(atoms.summary.merged(labels), RULES).all()


def two_groups(joined: int, seed: int = 0) -> tuple[Atoms, np.ndarray, np.ndarray]:
    """Two hundred customers in four clusters on a line, and some who joined all over it."""
    random = np.random.default_rng(seed)
    x = np.r_[random.uniform(0, 40, 200), np.linspace(1, 39, joined)]
    labels, who = (x // 10).astype(int), np.arange(len(x))
    return Atoms.of_rows(x[:, None], labels, who, who + 1, most=10), labels, who


@pytest.mark.parametrize("seed", range(4))
def test_ten_who_join_four_clusters_are_told_in_four_clusters(seed: int) -> None:
    atoms, labels, who = two_groups(10, seed)
    before = Membership.of_rows(who[:200], labels[:200], who[:200] + 1)
    told = differing(atoms, None, [(before, atoms.membership)], Rules(10))
    assert told is not None
    assert len(np.unique(told)) == 4
    assert smallest_difference(before, atoms.membership.merged(told)) == 10
    # Those at the borders: hardly any variance is lost.
    found, moved = (atoms.summary.merged(own).ss.sum() for own in (atoms.home, told))
    assert moved < 1.5 * found
    # Of the same rows the same is told again, however often.
    both = [(before, atoms.membership), (atoms.membership.merged(told), atoms.membership)]
    assert np.array_equal(differing(atoms, None, both, Rules(10)), told)


def test_nine_who_join_are_not_told_whatever_moves() -> None:
    atoms, labels, who = two_groups(9)
    before = Membership.of_rows(who[:200], labels[:200], who[:200] + 1)
    assert (
        differing(atoms, np.ones(16, dtype=bool), [(before, atoms.membership)], Rules(10)) is None
    )


def test_a_cluster_that_moves_would_make_dominated_is_merged() -> None:
    """One far from all has three quarters of the sum of squares where it is."""
    random = np.random.default_rng(1)
    x = np.r_[random.normal(0, 1, 30), random.normal(8, 1, 30), random.normal(30, 1, 29), 33.0]
    labels, who = np.repeat([0, 1, 2], 30), np.arange(90)
    rules = Rules(10, entity_key="c", dominance=0.4)
    atoms = Atoms.of_rows(x[:, None], labels, who, who + 1, most=10)
    kept = np.setdiff1d(who, [0, 1, 2, 3, 30, 31, 32, 60, 61, 62])
    before = Membership.of_rows(kept, labels[kept], kept + 1)
    told = differing(atoms, None, [(before, atoms.membership)], rules)
    assert told is not None
    members = atoms.members(rules)
    assert members is not None
    assert safe(atoms.summary.merged(told), rules, members.merged(told)).all()
    assert smallest_difference(before, atoms.membership.merged(told)) >= 10


def test_a_store_has_its_own_fit_taken_apart() -> None:
    rows = np.random.default_rng(3).normal(size=(60, 2))
    fit = LocalFit("kmeans", 2, 0, Rules(10), guarded=True)
    block = Block(pa.array([0]), np.array([60]), np.ascontiguousarray(rows.T))
    found = fit.fit_block(block, content=np.arange(60.0))[0]
    assert found.atoms is not None
    assert found.summary is not None
    told = found.atoms.summary.merged(found.atoms.home)
    assert told.n.tolist() == found.summary.n.tolist()
    assert_allclose(told.mean, found.summary.mean)
