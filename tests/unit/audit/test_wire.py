"""Whatever a tiny store holds, no raw cell of a customer is in what passes the gates."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from sparkfl.audit.protection import Plan
from sparkfl.audit.protections import MIN_SIZE, NONE, POLICY, SIZES
from sparkfl.audit.search import search
from sparkfl.audit.store import Store
from sparkfl.audit.trials.wire import write

rows = st.integers(1, 30)
copies = st.integers(1, 4)


def store(n: int, d: int, copies: int, outliers: int, of_one: int, seed: int) -> Store:
    """Rows with copies, outliers, and several rows of one customer."""
    rng = np.random.default_rng(seed)
    own = np.repeat(rng.normal(size=(n, d)), copies, axis=0)
    made = Store.of_rows(own).joined(rng.normal(scale=1e3, size=(outliers, d)))
    return made.joined(own[:1] + rng.normal(scale=1e-3, size=(of_one, d)), same=True)


def leaks(told: object, own: Store) -> int:
    with tempfile.TemporaryDirectory() as folder:
        write(told, Path(folder))  # type: ignore[arg-type]
        return search([folder], own.rows).found


@settings(max_examples=30)
@given(rows, st.integers(1, 4), copies, st.integers(0, 3), st.integers(0, 4), st.integers(1, 9))
def test_no_cell_passes_the_gates(
    n: int, d: int, copies: int, outliers: int, of_one: int, k: int
) -> None:
    own = store(n, d, copies, outliers, of_one, seed=n + 100 * k)
    # Ten equal rows are an attack of its own, which sizes do not stop.
    assume(np.unique(own.rows, axis=0, return_counts=True)[1].max() < MIN_SIZE)
    assert leaks(SIZES.told(own, Plan(k=k)), own) == 0
    assert leaks(POLICY.told(own, Plan(k=k)), own) == 0


@given(rows, st.integers(1, 4))
@settings(max_examples=10)
def test_the_search_works_where_there_is_no_gate(n: int, d: int) -> None:
    own = store(n, d, 1, 0, 0, seed=n)
    assert leaks(NONE.told(own, Plan(k=3)), own) == n * d
