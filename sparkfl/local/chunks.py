"""Chunks of a store that is too large for one worker, each within a bounded memory."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkfl.local.stores import matrix
from sparkfl.statistics.summary import Matrix

__all__ = ["chunks"]


def chunks(
    batches: Iterator[pa.RecordBatch], width: int, rows: int
) -> Iterator[tuple[int, Matrix, Matrix]]:
    """Collect each chunk of a stream that is sorted by chunk.

    Rows go to chunks by a hash of their values, so that a chunk does not depend on how the data
    is partitioned; rows that are alike go to the same one, however many they are, and are
    counted instead of kept once there are too many.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        Number of the chunk first, then a list of features.
    width : int
        Length of the lists.
    rows : int
        Above so many rows those that are alike are counted.

    Yields
    ------
    tuple of int, numpy.ndarray of shape (n, d) and numpy.ndarray of shape (n,)
        Number of the chunk, its rows, how often each is there.

    Examples
    --------
    >>> batch = pa.record_batch({"chunk": [1, 1, 1], "features": [[5.0], [5.0], [6.0]]})
    >>> [(n, r.tolist(), w.tolist()) for n, r, w in chunks(iter([batch]), 1, rows=2)]
    [(1, [[5.0], [6.0]], [2.0, 1.0])]
    """
    key: int | None = None
    held: list[tuple[Matrix, Matrix]] = []
    for batch in batches:
        if not batch.num_rows:
            continue
        runs = pc.run_end_encode(batch.column(0))
        columns = matrix(batch.columns[1:], width)
        start = 0
        for own, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
            if held and own != key:
                yield (key, *_joined(held))  # type: ignore[misc]
                held = []
            key = own
            held.append((columns[:, start:end].T.copy(), np.ones(end - start)))
            start = end
            if sum(len(weight) for _, weight in held) > rows:
                held = [_counted(*_joined(held))]
                rows = max(rows, 2 * len(held[0][1]))
    if held:
        yield (key, *_joined(held))  # type: ignore[misc]


def _joined(held: list[tuple[Matrix, Matrix]]) -> tuple[Matrix, Matrix]:
    """Put parts together."""
    return np.concatenate([r for r, _ in held]), np.concatenate([w for _, w in held])


def _counted(rows: Matrix, weight: Matrix) -> tuple[Matrix, Matrix]:
    """Keep one of the rows that are alike, with their number."""
    order = np.lexsort(rows.T)
    rows, weight = rows[order], weight[order]
    first = np.r_[True, (rows[1:] != rows[:-1]).any(axis=1)]
    return rows[first], np.add.reduceat(weight, np.flatnonzero(first))
