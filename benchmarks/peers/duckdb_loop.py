"""A loop over the stores with scikit-learn, in one process; DuckDB sorts the rows by store."""

from __future__ import annotations

import sys

import duckdb
import numpy as np
from local_fit import fit, merge


def main(directory: str) -> None:
    """Train all stores and merge what they found."""
    query = f"SELECT * FROM read_parquet('{directory}/*.parquet') ORDER BY store_id"
    table = duckdb.sql(query).to_arrow_table()
    names = table["store_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    features = [table[name].to_numpy() for name in table.column_names if name != "store_id"]
    stores = np.split(np.column_stack(features), np.flatnonzero(np.diff(names)) + 1)
    found = [fit(rows) for rows in stores]
    centres = merge(np.concatenate([c for c, _ in found]), np.concatenate([n for _, n in found]))
    print(f"DuckDB + scikit-learn: {len(stores)} stores, {len(centres)} global clusters")


if __name__ == "__main__":
    main(sys.argv[1])
