"""The gate for marginals: no cell is too small, nothing is lost, and neighbours stay together."""

from __future__ import annotations

from itertools import chain

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from sparkfl.privacy.cells import Owners, release_cells
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.summary import ClusterSummary

stores = st.lists(st.integers(1, 60), min_size=1, max_size=6)
cells = st.integers(2, 30)
minimum = st.integers(3, 15)


def points(values: np.ndarray, n: np.ndarray) -> ClusterSummary:
    """Wrap values of one feature."""
    return ClusterSummary(n, values[:, None], np.zeros((len(values), 1)))


def sorted_values(sizes: list[int], seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values of stores, how often each is there, and their stores."""
    random = np.random.default_rng(seed)
    store = np.repeat(np.arange(len(sizes)), sizes)
    values = random.normal(size=len(store)).round(seed % 3)
    order = np.lexsort((values, store))
    return values[order], random.integers(1, 1 + 3 ** (seed % 4), size=len(store)), store


@given(stores, cells, minimum, st.integers(0, 100))
def test_no_cell_is_too_small_and_no_value_is_lost(
    sizes: list[int], cells: int, minimum: int, seed: int
) -> None:
    values, n, store = sorted_values(sizes, seed)
    rows = np.bincount(store, n)
    equal = np.arange(len(sizes)) % 3 == 2
    told = release_cells(points(values, n), store, equal, cells, Rules(minimum))
    leaves = ((rows >= minimum) & ~equal)[store]
    assert told.n.sum() == n[leaves].sum()
    if not leaves.any():
        return
    assert told.n.min() >= minimum
    assert len(told) <= cells * len(sizes)
    every = np.repeat(values[leaves], n[leaves])
    assert_allclose(told.total().mean[0, 0], every.mean(), atol=1e-9)
    assert_allclose(told.total().ss[0, 0], every.var() * len(every), atol=1e-9)


@given(st.integers(3, 300), cells, minimum, st.integers(0, 100))
def test_cells_of_a_store_are_neighbours_of_equal_count(
    size: int, cells: int, minimum: int, seed: int
) -> None:
    values = np.sort(np.random.default_rng(seed).normal(size=size))
    one = np.zeros(size, dtype=np.int64)
    told = release_cells(points(values, one + 1), one, np.array([False]), cells, Rules(minimum))
    if size < minimum:
        assert not len(told)
        return
    each = max(minimum, -(-size // cells))
    full, rest = divmod(size, each)
    expected = [each] * full
    if rest >= minimum:
        expected.append(rest)
    else:
        expected[-1] += rest
    assert told.n.tolist() == expected
    cut = np.split(values, np.cumsum(told.n)[:-1])
    assert_allclose(told.mean[:, 0], [part.mean() for part in cut], atol=1e-12)
    assert_allclose(told.ss[:, 0], [part.var() * len(part) for part in cut], atol=1e-9)


def test_a_store_whose_customers_are_equal_tells_nothing() -> None:
    zeros, store = np.zeros(40), np.repeat([0, 1], 20)
    told = release_cells(
        points(zeros, np.ones(40, int)), store, np.array([True, False]), 20, Rules(10)
    )
    assert told.n.tolist() == [10, 10]


@given(stores, st.integers(2, 8), minimum, st.integers(1, 40), st.sampled_from([0.3, 0.6, 1.0]))
def test_a_cell_is_of_enough_customers_and_no_one_s(
    sizes: list[int], cells: int, minimum: int, customers: int, share: float
) -> None:
    random = np.random.default_rng(sum(sizes))
    store = np.repeat(np.arange(len(sizes)), sizes)
    # A mean tells whose cell it is.
    x = random.normal(size=len(store)).round(1) + 100 * store
    order = np.lexsort((x, store))
    x, store, who = x[order], store[order], random.integers(0, customers, len(store))
    owned, most = np.zeros(len(x), int), np.zeros(len(x), int)
    for place in range(len(x)):
        same = (who == who[place]) & (store == store[place])
        owned[place], most[place] = place == np.flatnonzero(same)[0], same.sum()
    told = release_cells(
        points(x, np.ones(len(x), int)),
        store,
        np.zeros(len(sizes), bool),
        cells,
        Rules(minimum, entity_key="id", dominance=share),
        Owners(owned, most, x, x),
    )
    kept = iter(zip(told.n.tolist(), told.mean[:, 0].tolist(), strict=True))
    leaves = 0
    for own in range(len(sizes)):
        at = store == own
        values, inside = x[at], who[at]
        if told.n.sum() - leaves == 0 or len(set(inside.tolist())) < minimum:
            continue
        start, ends = 0, []
        for n, mean in kept:
            if not np.isclose(values[start : start + n].mean(), mean):
                kept = chain([(n, mean)], kept)
                break
            part, start = inside[start : start + n], start + n
            each = np.unique(part, return_counts=True)[1]
            assert len(each) >= minimum
            assert each.max() <= share * n
            ends.append(start)
            if start == len(values):
                break
        assert not ends or ends[-1] == len(values)
        leaves += start
    assert leaves == told.n.sum()
