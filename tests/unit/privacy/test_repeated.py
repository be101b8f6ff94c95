"""Sums told of the same rows again and again: no difference is of fewer than the minimum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.privacy.repeated import refined, told_labels
from sparkfl.privacy.rules import Rules

SEEDS = st.integers(0, 2**32 - 1)


def cells(together: np.ndarray, told: np.ndarray, entity: np.ndarray) -> list[int]:
    """Entities of the rows that were together before and are told together now."""
    each = refined(together, told)
    return [len(np.unique(entity[each == cell])) for cell in np.unique(each)]


@given(SEEDS, st.integers(3, 60), st.integers(3, 6), st.booleans())
def test_whatever_goes_apart_may_be_told_by_itself(
    seed: int, n: int, least: int, keyed: bool
) -> None:
    """Whatever the assignments are, everything told is made of groups that may each be told."""
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n, 2))
    entity = random.integers(0, n // 2 + 1, n) if keyed else np.arange(n)
    rules = Rules(least, entity_key="customer_id" if keyed else None)
    together = np.zeros(n, dtype=np.int64)
    for _ in range(4):
        label = random.integers(0, random.integers(1, 6), n)
        told = told_labels(rows, together, label, rules, entity.astype(float) if keyed else None)
        if told is None:
            assert len(np.unique(entity)) < least
            return
        assert set(told) <= set(label)
        assert min(cells(together, told, entity)) >= least
        together = refined(together, told)
    assert len(np.unique(entity)) >= least


@given(SEEDS)
def test_what_may_go_where_it_belongs_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    together = np.repeat(random.integers(0, 3, 20), 5)
    label = np.repeat(random.integers(0, 4, 20), 5)
    told = told_labels(random.normal(size=(100, 2)), together, label, Rules(5))
    assert told is not None
    assert told.tolist() == label.tolist()


def test_too_few_stay_with_the_nearest_of_those_they_were_with() -> None:
    rows = np.array([[0.0]] * 5 + [[4.0]] * 2 + [[5.0]] * 5 + [[4.1]] * 5)
    together = np.array([0] * 12 + [1] * 5)
    label = np.array([0] * 5 + [2] * 2 + [1] * 5 + [2] * 5)
    told = told_labels(rows, together, label, Rules(5))
    assert told is not None
    assert told.tolist() == [0] * 5 + [1] * 7 + [2] * 5


@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        (Rules(3), [0] * 5 + [1] * 5),
        (Rules(3, allow_identical=False), [0] * 10),
        (Rules(3, dominance=0.5), [0] * 10),
    ],
)
def test_all_rules_of_the_gate_hold_of_what_goes_apart(rules: Rules, expected: list[int]) -> None:
    rows = np.array([[0.0], [1.0], [2.0], [3.0], [4.0]] + [[9.0]] * 5)
    if rules.dominance < 1:
        rows[-1] = 30.0
        rows[:5] *= 10
    label = np.array([0] * 5 + [1] * 5)
    told = told_labels(rows, np.zeros(10, dtype=np.int64), label, rules)
    assert told is not None
    assert told.tolist() == expected
