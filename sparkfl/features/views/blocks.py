"""Whole entities out of a stream of record batches that are sorted by a hash of the entity."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkfl.features.aggregations.windows import Counts

__all__ = ["blocks", "entities"]

_ROWS = 2**18
_MOST = 2**20


def blocks(
    batches: Iterator[pa.RecordBatch],
    rows: int = _ROWS,
    shrink: Callable[[pa.RecordBatch], pa.RecordBatch] | None = None,
    most: int = _MOST,
) -> Iterator[pa.RecordBatch]:
    """Put batches together so that none ends inside an entity.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        The hash of the entity first; all rows of one hash follow each other.
    rows : int, default 262144
        A block is given as soon as it has so many rows; an entity that has more is held.
    shrink : callable, optional
        Makes fewer rows of those that are held, when they are too many.
    most : int, default 1048576
        So many rows are too many.

    Examples
    --------
    >>> stream = [pa.record_batch({"hash": h}) for h in ([1, 2], [2, 3], [3])]
    >>> [block.to_pydict() for block in blocks(iter(stream), rows=2)]
    [{'hash': [1]}, {'hash': [2, 2]}, {'hash': [3, 3]}]
    """
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        held.append(batch)
        count += batch.num_rows
        if count >= rows and (cut := _last_start(batch)):
            yield pa.concat_batches([*held[:-1], batch.slice(0, cut)])
            held, count = [batch.slice(cut)], batch.num_rows - cut
        elif shrink is not None and count >= most:
            held = [shrink(pa.concat_batches(held))]
            count = held[0].num_rows
            # What does not shrink is not tried again with each batch.
            most = max(most, 2 * count)
    if held:
        yield pa.concat_batches(held)


def _last_start(batch: pa.RecordBatch) -> int:
    """Find the first row of the last hash."""
    hashes = batch.column(0).to_numpy()
    return int(np.searchsorted(hashes, hashes[-1])) if hashes[0] != hashes[-1] else 0


def entities(block: pa.RecordBatch, keys: int) -> tuple[Counts, Counts]:
    """Give each row the number of its entity, and each entity its first row.

    Two entities of one hash, of which there may be one pair in billions, are told apart by their
    keys.

    Parameters
    ----------
    block : pyarrow.RecordBatch
        The hash, and the columns of the entity.
    keys : int
        Number of these columns.

    Examples
    --------
    >>> block = pa.record_batch({"hash": [1, 1, 2, 2, 2], "k": ["a", "a", "c", "b", "c"]})
    >>> [found.tolist() for found in entities(block, 1)]
    [[0, 0, 1, 2, 1], [0, 2, 3]]
    """
    hashes = block.column(0).to_numpy()
    new = hashes[1:] != hashes[:-1]
    other = np.zeros(len(new), bool)
    for i in range(1, keys + 1):
        key = block.column(i)
        differs = pc.not_equal(key.slice(1), key.slice(0, len(key) - 1))
        null = key.is_null().to_numpy(zero_copy_only=False)
        other |= differs.fill_null(False).to_numpy(zero_copy_only=False)
        other |= null[1:] != null[:-1]
    number = np.concatenate([[0], np.cumsum(new)])[: len(hashes)]
    if (other & ~new).any():
        for i in range(1, keys + 1):
            codes = block.column(i).dictionary_encode("encode").indices.to_numpy()
            number = np.unique(number * (len(codes) + 1) + codes, return_inverse=True)[1]
    first = np.unique(number, return_index=True)[1] if len(number) else number
    return number.astype(np.int64), first.astype(np.int64)
