"""DuckDB's part of the features: run a query from a file, and add up each of its columns."""

from __future__ import annotations

import sys
from pathlib import Path

import duckdb


def main(query: str, totals: str) -> None:
    """Compute the features into memory with two threads; write the sums."""
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(f"CREATE TEMP TABLE features AS {Path(query).read_text()}")
    columns = connection.execute("DESCRIBE features").fetchall()[1:]
    sums = [
        f"sum(epoch_us({name}) / 1e6)" if type_.startswith("TIMESTAMP") else f"sum({name})::DOUBLE"
        for name, type_, *_ in columns
    ]
    found = connection.execute(f"SELECT count(*), {', '.join(sums)} FROM features").fetchone()
    assert found is not None
    Path(totals).write_text(" ".join(repr(float(value)) for value in found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
