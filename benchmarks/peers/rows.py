"""The rows of all stores in memory, by store, for the peers that hold them there."""

from __future__ import annotations

from functools import cache

import numpy as np
import pyarrow.parquet as pq

__all__ = ["by_store"]


@cache
def by_store(directory: str) -> list[np.ndarray]:
    """Read the Parquet files once a process and cut the rows at the stores' borders."""
    table = pq.read_table(directory).sort_by("store_id")
    names = table["store_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    features = [table[name].to_numpy() for name in table.column_names if name != "store_id"]
    return np.split(np.column_stack(features), np.flatnonzero(np.diff(names)) + 1)
