"""The data: stores whose customers are three Gaussian blobs of four features, as Parquet."""

from __future__ import annotations

import getpass
import tempfile
from collections.abc import Iterator, Sequence
from hashlib import sha256
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.harness import say

__all__ = ["CACHE", "FEATURES", "Sizes", "stores"]

FEATURES = ("f0", "f1", "f2", "f3")

CACHE = Path(tempfile.gettempdir()) / f"sparkfl-benchmarks-{getpass.getuser()}"
"""Directory of generated data, kept from one run to the next."""

Sizes = Sequence[tuple[int, int]]
"""Pairs of a number of stores and the rows of each."""

_SHARES = (0.7, 0.2, 0.1)
_LARGEST_FILE = 1_000_000
_FILES = 8
_FORMAT = 1


def stores(sizes: Sizes, seed: int = 0) -> Path:
    """Return a directory of Parquet files with the rows of all stores, in random order.

    Columns are ``store_id``, a string, and `FEATURES`, doubles. Generated file by file: in memory
    are the store numbers of all rows and the features of one file.

    Examples
    --------
    >>> directory = stores([(1, 1000), (9, 50)])
    >>> pq.read_table(directory).num_rows
    1450
    """
    name = sha256(repr((_FORMAT, list(sizes), seed)).encode()).hexdigest()[:16]
    directory = CACHE / f"stores-{name}"
    if not directory.exists():
        say(f"  generating {sum(n * rows for n, rows in sizes):,} rows")
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            files = Path(scratch) / "files"
            files.mkdir()
            for i, part in enumerate(_tables(sizes, np.random.default_rng(seed))):
                pq.write_table(part, files / f"part-{i:05}.parquet")
            files.rename(directory)
    return directory


def _tables(sizes: Sizes, rng: np.random.Generator) -> Iterator[pa.Table]:
    """Generate the rows, a table a file."""
    rows = np.concatenate([np.full(n, each) for n, each in sizes])
    names = pa.array([f"store_{i:05}" for i in range(len(rows))])
    centres = rng.normal(0.0, 3.0, (len(rows), len(_SHARES), len(FEATURES)))
    store = np.repeat(np.arange(len(rows), dtype=np.int32), rows)
    rng.shuffle(store)
    size = min(_LARGEST_FILE, -(-len(store) // _FILES))
    for start in range(0, len(store), size):
        own = store[start : start + size]
        blob = rng.choice(len(_SHARES), len(own), p=_SHARES)
        features = centres[own, blob] + rng.normal(0.0, 1.0, (len(own), len(FEATURES)))
        yield pa.table(
            {
                "store_id": pa.DictionaryArray.from_arrays(own, names).cast(pa.string()),
                **{name: features[:, i] for i, name in enumerate(FEATURES)},
            }
        )
