"""Whole stores out of a stream of record batches that are sorted by store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkfl.local.summary import Counts, Matrix

__all__ = ["Block", "blocks", "matrix"]

_ROWS = 65536


@dataclass(frozen=True)
class Block:
    """Rows of some stores, one store after another.

    Parameters
    ----------
    keys : pyarrow.Array, length stores
        The stores.
    size : numpy.ndarray of int64, shape (stores,)
        Rows of each.
    columns : numpy.ndarray, shape (columns, rows)
        The other columns as doubles, NULL as NaN.
    """

    keys: pa.Array
    size: Counts
    columns: Matrix

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def start(self) -> Counts:
        """First row of each store."""
        return np.cumsum(self.size) - self.size


def blocks(batches: Iterator[pa.RecordBatch], rows: int = _ROWS) -> Iterator[Block]:
    """Cut a sorted stream into blocks of whole stores.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        The store first, then numbers; all rows of a store follow each other.
    rows : int, default 65536
        What is held until then is let go as soon as so many rows are complete; a larger store is
        held whole.

    Yields
    ------
    Block
        Stores in the order of the stream.

    Examples
    --------
    >>> batch = pa.record_batch({"store": ["a", "a", "b"], "spend": [1.0, 2.0, 3.0]})
    >>> [(block.keys.to_pylist(), block.size.tolist()) for block in blocks(iter([batch]))]
    [(['a', 'b'], [2, 1])]
    """
    held: list[Block] = []
    total = last = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        runs = pc.run_end_encode(batch.column(0))
        size = np.diff(runs.run_ends.to_numpy(), prepend=0).astype(np.int64)
        goes_on = bool(held) and len(size) == 1 and held[-1].keys[-1:].equals(runs.values)
        held.append(Block(runs.values, size, matrix(batch.columns[1:])))
        total += batch.num_rows
        last = int(size[-1]) + (last if goes_on else 0)
        if total - last >= rows:
            whole, rest = _without_last(_joined(held))
            yield whole
            held, total, last = [rest], len(rest.columns[0]), len(rest.columns[0])
    if held:
        yield _joined(held)


def matrix(columns: list[pa.Array]) -> Matrix:
    """Copy columns of numbers into doubles of shape (columns, rows), NULL as NaN."""
    result = np.empty((len(columns), len(columns[0]) if columns else 0))
    for values, column in zip(result, columns, strict=True):
        values[:] = column.to_numpy(zero_copy_only=False)
    return result


def _joined(held: list[Block]) -> Block:
    """Put blocks together; a store that goes on in the next one becomes one store again."""
    if len(held) == 1:
        return held[0]
    columns = np.concatenate([block.columns for block in held], axis=1)
    keys = pa.concat_arrays([block.keys for block in held])
    runs = pc.run_end_encode(keys)
    ends = runs.run_ends.to_numpy()
    rows = np.cumsum(np.concatenate([block.size for block in held]))[ends - 1]
    return Block(runs.values, np.diff(rows, prepend=0), columns)


def _without_last(block: Block) -> tuple[Block, Block]:
    """Split the last store off: the next batch may go on with it."""
    cut = int(block.start[-1])
    whole = Block(block.keys[:-1], block.size[:-1], block.columns[:, :cut])
    return whole, Block(block.keys[-1:], block.size[-1:], block.columns[:, cut:].copy())
