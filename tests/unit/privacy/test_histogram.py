from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sparkfl.privacy.histogram import release_histogram


@given(st.dictionaries(st.integers(0, 300), st.integers(1, 12), max_size=40), st.integers(3, 15))
def test_histogram_cells_hold_enough_rows_and_none_is_lost(
    counts: dict[int, int], minimum: int
) -> None:
    cells = release_histogram(counts.items(), minimum)
    total = sum(counts.values())
    assert sum(n for n, _ in cells) == (total if total >= minimum else 0)
    assert all(n >= minimum for n, _ in cells)
    means = [mean for _, mean in cells]
    assert means == sorted(means, reverse=True)
    if cells:
        told = sum(n * mean for n, mean in cells)
        assert abs(told - sum(bin_ * n for bin_, n in counts.items())) < 1e-6
