"""Who is in clusters, against sets of customers."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sparkfl.statistics.entities import Entities
from sparkfl.statistics.members import Members

K = 4
pairs = st.lists(st.tuples(st.integers(0, K - 1), st.integers(0, 9)), max_size=60).map(
    lambda found: [*found, *((cluster, 100) for cluster in range(K))]
)
labels = st.lists(st.integers(0, 2), min_size=K, max_size=K).map(
    lambda found: np.unique(found, return_inverse=True)[1]
)


@given(pairs, labels, st.integers(1, 12))
def test_entities_are_counted_as_sets_are_and_a_few_stand_for_all(
    found: list[tuple[int, int]], labels: np.ndarray, cap: int
) -> None:
    cluster, code = (np.array(column) for column in zip(*found, strict=True))
    whole = Entities.of_rows(cluster, code)
    merged, capped = whole.merged(labels), whole.capped(cap).merged(labels)
    for group in range(labels.max() + 1):
        rows = Counter(code[labels[cluster] == group].tolist())
        assert merged.sizes[group] == len(rows)
        assert merged.most[group] == max(rows.values())
        assert min(len(rows), cap) <= capped.sizes[group] <= len(rows)
        assert capped.most[group] >= max(rows.values())


@given(pairs, st.integers(0, 60))
def test_parts_put_together_are_the_whole(found: list[tuple[int, int]], cut: int) -> None:
    cluster, code = (np.array(column) for column in zip(*found, strict=True))
    rows = code[:, None].astype(float)
    whole = Members.of_rows(rows, cluster, Entities.of_rows(cluster, code))
    parts = []
    for part in (slice(None, cut), slice(cut, None)):
        own, inside = np.unique(cluster[part], return_inverse=True)
        if len(own):
            entities = Entities.of_rows(inside, code[part])
            parts.append((own, Members.of_rows(rows[part], inside, entities)))
    again = Members.concatenate([members for _, members in parts]).merged(
        np.concatenate([own for own, _ in parts])
    )
    assert again.least.tolist() == whole.least.tolist()
    assert again.greatest.tolist() == whole.greatest.tolist()
    assert again.entities is not None
    assert whole.entities is not None
    assert again.entities.sizes.tolist() == whole.entities.sizes.tolist()
    assert again.entities.most.tolist() == whole.entities.most.tolist()
    one, rest = whole.split([1, K - 1])
    assert one.entities is not None
    assert rest.entities is not None
    assert [*one.entities.sizes, *rest.entities.sizes] == whole.entities.sizes.tolist()
