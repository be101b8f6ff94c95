"""Whole stores out of a stream of record batches that are sorted by store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from sparkfl.local.spool import Spool
from sparkfl.statistics.summary import Counts, Matrix

__all__ = ["Block", "blocks", "matrix", "slices"]

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

    def without(self, first: int) -> Block:
        """Leave the first columns out."""
        return Block(self.keys, self.size, self.columns[first:])

    @property
    def start(self) -> Counts:
        """First row of each store."""
        return np.cumsum(self.size) - self.size


def blocks(
    batches: Iterator[pa.RecordBatch], width: int, rows: int = _ROWS, spill: bool = False
) -> Iterator[Block]:
    """Cut a sorted stream into blocks of whole stores.

    Parameters
    ----------
    batches : iterator of pyarrow.RecordBatch
        The store first, then numbers and lists of numbers; all rows of a store follow each other.
    width : int
        Length of the lists.
    rows : int, default 65536
        What is held until then is let go as soon as so many rows are complete; a larger store is
        held whole.
    spill : bool, default False
        Whether to map a large store's rows from a temporary file instead of holding them.

    Yields
    ------
    Block
        Stores in the order of the stream.

    Examples
    --------
    >>> batch = pa.record_batch({"store": ["a", "a", "b"], "features": [[1.0], [2.0], [3.0]]})
    >>> [(block.keys.to_pylist(), block.size.tolist()) for block in blocks(iter([batch]), 1)]
    [(['a', 'b'], [2, 1])]
    """
    held = _Held(width, spill)
    for batch in batches:
        if batch.num_rows:
            held.append(batch)
        if held.complete >= rows:
            block = held.block()
            held.close()
            cut = int(block.start[-1])
            yield Block(block.keys[:-1], block.size[:-1], block.columns[:, :cut])
            held = _Held(width, spill)
            held.add(block.keys[-1:], block.size[-1:], block.columns[:, cut:].copy())
    if held.total:
        block = held.block()
        held.close()
        yield block


def slices(size: Counts) -> Iterator[tuple[slice, Counts]]:
    """Cut the rows of a block into slices that the cache holds.

    Yields
    ------
    tuple of slice and numpy.ndarray of int
        Rows, and the number of the store of each.

    Examples
    --------
    >>> [(part, store.tolist()) for part, store in slices(np.array([2, 1]))]
    [(slice(0, 3, None), [0, 0, 1])]
    """
    ends = np.cumsum(size)
    for start in range(0, int(ends[-1]) if len(ends) else 0, _ROWS):
        part = slice(start, min(start + _ROWS, int(ends[-1])))
        yield part, np.searchsorted(ends, np.arange(part.start, part.stop), side="right")


def matrix(columns: Sequence[pa.Array], width: int) -> Matrix:
    """Copy columns of numbers, and of lists of `width` numbers, into doubles.

    Returns
    -------
    numpy.ndarray, shape (columns, rows)
        A list is as many columns as it is long; NULL is NaN.

    Examples
    --------
    >>> matrix([pa.array([7, None]), pa.array([[1.0, 2.0], None])], 2).tolist()
    [[7.0, nan], [1.0, nan], [2.0, nan]]
    """
    parts = [
        _lists(column, width)
        if pa.types.is_list(column.type)
        else column.to_numpy(zero_copy_only=False).astype(np.float64, copy=False)[None]
        for column in columns
    ]
    return np.concatenate(parts)


def _lists(column: pa.ListArray, width: int) -> Matrix:
    """Copy lists of one length, shape (width, rows)."""
    values = column.flatten().to_numpy(zero_copy_only=False).reshape(-1, width).T
    if not column.null_count:
        return np.ascontiguousarray(values)
    result = np.full((width, len(column)), np.nan)
    result[:, column.is_valid().to_numpy(zero_copy_only=False)] = values
    return result


class _Held:
    """Rows that wait for the end of their store."""

    def __init__(self, width: int, spill: bool) -> None:
        self._width = width
        self._spool = Spool() if spill else Spool(max_values=None)
        self._keys: list[pa.Array] = []
        self._sizes: list[Counts] = []
        self.total = self._last = 0

    @property
    def complete(self) -> int:
        """Rows of the stores that have ended."""
        return self.total - self._last

    def append(self, batch: pa.RecordBatch) -> None:
        """Add a batch, whose first store may be the one that waits."""
        runs = pc.run_end_encode(batch.column(0))
        size = np.diff(runs.run_ends.to_numpy(), prepend=0).astype(np.int64)
        self.add(runs.values, size, matrix(batch.columns[1:], self._width))

    def add(self, keys: pa.Array, size: Counts, columns: Matrix) -> None:
        """Add stores."""
        goes_on = bool(self._keys) and len(keys) == 1 and self._keys[-1][-1:].equals(keys)
        self._last = int(size[-1]) + (self._last if goes_on else 0)
        self.total += int(size.sum())
        self._keys.append(keys)
        self._sizes.append(size)
        self._spool.append(columns)

    def block(self) -> Block:
        """All of it; a store that came in pieces is one store again."""
        runs = pc.run_end_encode(pa.concat_arrays(self._keys))
        rows = np.cumsum(np.concatenate(self._sizes))[runs.run_ends.to_numpy() - 1]
        return Block(runs.values, np.diff(rows, prepend=0), self._spool.columns())

    def close(self) -> None:
        """Let go of the file, if there is one; what is mapped of it stays."""
        self._spool.close()
