"""Eight sources of events, as Parquet files that Spark and DuckDB both read."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from benchmarks.stores import CACHE

__all__ = ["AS_OF", "DAY_BEFORE", "SOURCES", "events"]

AS_OF, DAY_BEFORE = "2024-06-01", "2024-05-31"
_DAYS = 120
_DAY = 86_400_000_000
_END = int(np.datetime64(AS_OF, "us").astype(np.int64))
_PARTS = 4

SOURCES: Mapping[str, float] = {
    "transactions": 0.24,
    "web": 0.30,
    "support": 0.06,
    "email": 0.14,
    "logins": 0.12,
    "reviews": 0.04,
    "returned": 0.04,
    "app": 0.06,
}
"""The sources, and their share of the events."""


def events(rows: int, customers: int) -> Path:
    """Return the folder of so many events of so many customers, some far busier than others."""
    home = CACHE / f"events-1-{rows}-{customers}"
    if not home.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=CACHE) as scratch:
            made = Path(scratch, "events")
            _write(made, rows, customers)
            made.rename(home)
    return home


def _write(home: Path, rows: int, customers: int) -> None:
    """Write the files."""
    random = np.random.default_rng(47)
    weight = random.lognormal(sigma=1.0, size=customers).cumsum()
    for source, share in SOURCES.items():
        folder = home / source
        folder.mkdir(parents=True)
        for part in range(_PARTS):
            n = int(rows * share / _PARTS)
            who = np.searchsorted(weight, random.random(n) * weight[-1])
            at = _END - random.integers(1, _DAYS * _DAY, n)
            columns = {
                "customer_id": pa.array(np.char.add("C", who.astype(str))),
                "event_time": pa.array(at, pa.timestamp("us", "UTC")),
                **_values(source, n, random),
            }
            pq.write_table(pa.table(columns), folder / f"{part}.parquet")


def _values(source: str, n: int, random: np.random.Generator) -> dict[str, pa.Array]:
    """Columns of a source's own."""

    def word(name: str, kinds: int) -> pa.Array:
        return pa.array([f"{name}_{i}" for i in range(kinds)]).take(
            pa.array(random.integers(0, kinds, n))
        )

    made = {
        "transactions": lambda: {
            "amount": pa.array(random.lognormal(3, 1, n).round(2)),
            "quantity": pa.array(random.integers(1, 9, n)),
            "category": word("category", 40),
        },
        "web": lambda: {
            "event_type": word("type", 4),
            "minutes": pa.array(random.gamma(2, 3, n)),
            "page": word("page", 200),
        },
        "support": lambda: {
            "severity": pa.array(random.integers(1, 5, n)),
            "minutes": pa.array(random.gamma(2, 20, n)),
        },
        "email": lambda: {"opened": pa.array(random.random(n) < 0.3)},
        "logins": lambda: {"device": word("device", 5)},
        "reviews": lambda: {"stars": pa.array(random.integers(1, 6, n))},
        "returned": lambda: {
            "amount": pa.array(random.lognormal(3, 1, n).round(2)),
            "reason": word("reason", 9),
        },
        "app": lambda: {"minutes": pa.array(random.gamma(2, 5, n))},
    }
    return made[source]()
