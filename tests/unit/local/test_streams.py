"""Whole stores and bounded chunks out of any stream of sorted batches."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.local.chunks import chunks
from sparkfl.local.compress import compress
from sparkfl.local.stores import blocks

sizes = st.lists(st.integers(1, 9), min_size=1, max_size=12)
cuts = st.lists(st.integers(0, 60), max_size=6)


def stream(sizes: list[int], cuts: list[int], keys: list[object]) -> list[pa.RecordBatch]:
    """Rows 0, 1, 2, … of stores of these sizes, cut into batches anywhere."""
    store = pa.array(np.repeat(np.array(keys, dtype=object), sizes).tolist())
    features = [[x] for x in np.arange(float(len(store)))]
    whole = pa.record_batch([store, pa.array(features)], ["store", "features"])
    ends = [0, *sorted(min(cut, len(store)) for cut in cuts), len(store)]
    return [whole.slice(a, b - a) for a, b in pairwise(ends)]


@given(sizes, cuts, st.integers(1, 20))
def test_blocks_hold_whole_stores_in_order(sizes: list[int], cuts: list[int], rows: int) -> None:
    names = [f"s{i}" for i in range(len(sizes))]
    found = list(blocks(iter(stream(sizes, cuts, names)), 1, rows))
    assert [key for block in found for key in block.keys.to_pylist()] == names
    assert [n for block in found for n in block.size.tolist()] == sizes
    assert np.concatenate([block.columns[0] for block in found]).tolist() == list(range(sum(sizes)))
    assert all((block.start + block.size)[-1] == block.columns.shape[1] for block in found)


def test_blocks_are_let_go_as_soon_as_they_are_full() -> None:
    batches = stream([4] * 10, list(range(0, 40, 4)), [f"s{i}" for i in range(10)])
    assert max(len(block) for block in blocks(iter(batches), 1, rows=8)) <= 3


def test_a_null_is_a_missing_number() -> None:
    batch = pa.record_batch({"store": ["a", "a"], "x": [None, 1], "features": [None, [2.0, 3.0]]})
    (block,) = blocks(iter([batch]), 2)
    assert np.isnan(block.columns[:, 0]).all()
    assert block.columns[:, 1].tolist() == [1.0, 2.0, 3.0]


@given(st.lists(st.integers(0, 4), min_size=1, max_size=60), cuts, st.integers(2, 30))
def test_chunks_count_every_row(values: list[int], cuts: list[int], rows: int) -> None:
    half = len(values) // 2
    key = pa.array(np.repeat([3, 8], [half, len(values) - half]))
    features = pa.array([[float(x)] for x in values])
    whole = pa.record_batch([key, features], ["chunk", "features"])
    ends = [0, *sorted(min(cut, len(values)) for cut in cuts), len(values)]
    found = list(chunks(iter([whole.slice(a, b - a) for a, b in pairwise(ends)]), 1, rows))
    assert [key for key, _, _ in found] == [3, 8][0 if half else 1 :]
    for (_, kept, weight), own in zip(
        found, [part for part in (values[:half], values[half:]) if part], strict=True
    ):
        counted = Counter[float]()
        for row, times in zip(kept[:, 0].tolist(), weight.tolist(), strict=True):
            counted[row] += times
        assert counted == Counter(own)


def test_rows_that_are_alike_are_not_kept() -> None:
    one = pa.record_batch({"chunk": [1] * 1000, "features": [[1.0], [2.0]] * 500})
    ((_, kept, weight),) = chunks(iter([one] * 50), 1, 1500)
    assert len(kept) < 2000
    assert weight.sum() == 50000


@given(st.integers(1, 300), st.integers(1, 3), st.integers(0, 99), st.integers(0, 6))
def test_summaries_of_a_chunk_are_exact_and_do_not_depend_on_the_order(
    n: int, d: int, seed: int, levels: int
) -> None:
    random = np.random.default_rng(seed)
    rows, weight = random.normal(size=(n, d)), random.integers(1, 4, n).astype(float)
    groups = compress(rows, weight, levels)
    copies = np.repeat(rows, weight.astype(int), axis=0)
    assert len(groups) <= 2**levels
    assert groups.n.sum() == len(copies)
    np.testing.assert_allclose(groups.total().mean[0], copies.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(groups.total().ss[0], copies.var(axis=0) * len(copies), atol=1e-7)
    order = random.permutation(n)
    again = compress(rows[order], weight[order], levels)
    assert again.mean.tolist() == groups.mean.tolist()
