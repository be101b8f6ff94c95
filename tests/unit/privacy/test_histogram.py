from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from sparkfl.privacy.histogram import Bin, release_histogram
from sparkfl.privacy.rules import Rules


@given(st.dictionaries(st.integers(0, 300), st.integers(1, 12), max_size=40), st.integers(3, 15))
def test_histogram_cells_hold_enough_rows_and_none_is_lost(
    counts: dict[int, int], minimum: int
) -> None:
    cells = release_histogram([Bin(*own) for own in counts.items()], Rules(minimum))
    total = sum(counts.values())
    assert sum(n for n, _ in cells) == (total if total >= minimum else 0)
    assert all(n >= minimum for n, _ in cells)
    means = [mean for _, mean in cells]
    assert means == sorted(means, reverse=True)
    if cells:
        told = sum(n * mean for n, mean in cells)
        assert abs(told - sum(bin_ * n for bin_, n in counts.items())) < 1e-6


@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 40)), max_size=80),
    st.integers(3, 8),
    st.sampled_from([0.3, 0.5, 1.0]),
)
def test_a_cell_holds_enough_entities_and_is_no_one_s(
    scored: list[tuple[int, int]], minimum: int, share: float
) -> None:
    """Each row is of a customer, and in a bin; several rows of a customer are one customer."""
    highest = {customer: max(b for c, b in scored if c == customer) for customer, _ in scored}
    rows = Counter(customer for customer, _ in scored)
    bins = [
        Bin(
            place,
            sum(b == place for _, b in scored),
            sum(b == place for b in highest.values()),
            max(rows[c] for c, b in scored if b == place),
        )
        for place in {b for _, b in scored}
    ]
    cells = release_histogram(bins, Rules(minimum, entity_key="customer", dominance=share))
    if not cells:
        return
    assert sum(n for n, _ in cells) == len(scored)
    ranked = sorted(scored, key=lambda pair: -pair[1])
    for n, mean in cells:
        own, ranked = ranked[:n], ranked[n:]
        assert abs(sum(b for _, b in own) / n - mean) < 1e-9
        inside = Counter(customer for customer, _ in own)
        assert len(inside) >= minimum
        assert max(inside.values()) <= share * n


def test_what_is_told_of_a_histogram_is_rounded() -> None:
    bins = [Bin(7, 12), Bin(6, 1), Bin(2, 23)]
    assert release_histogram(bins, Rules(10, round=5, grid=0.01)) == [(10, 7.0), (25, 2.0)]
