"""Trial of the wire: what tiny stores tell, written as it is anywhere, and searched for cells."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sparkfl.audit.population import Population
from sparkfl.audit.protection import Plan, Protection
from sparkfl.audit.protections import MIN_SIZE
from sparkfl.audit.search import search
from sparkfl.audit.store import Store
from sparkfl.audit.told import Told
from sparkfl.statistics.summary import ClusterSummary, Matrix

__all__ = ["leaking", "own_cells", "tiny_stores", "write"]

_KINDS = 4


def tiny_stores(population: Population, rng: np.random.Generator) -> Iterator[Store]:
    """Make stores at the borders.

    One row to 30, no more rows than clusters, rows that are equal, outliers, several rows a
    customer.

    Examples
    --------
    >>> from sparkfl.audit.population import generated
    >>> stores = list(tiny_stores(generated(), np.random.default_rng(0)))
    >>> min(map(len, stores)), max(store.customers for store in stores) <= 33
    (1, True)
    """
    for place in range(population.tried):
        store = Store.of_rows(population.draw(1 + place * 30 // population.tried, rng))
        kind = place % _KINDS
        if kind == 1:
            store = Store.of_rows(np.repeat(store.rows, rng.integers(1, 4), axis=0)[:30])
        elif kind == 2:
            store = store.joined(population.outliers(3, rng))
        elif kind == 3:
            store = store.joined(store.rows[:1] + 0.01 * rng.normal(size=(3, population.d)), True)
        yield store


def own_cells(store: Store) -> Matrix:
    """Return the cells that are some customers' own, NaN for values that ten or more rows share.

    A cluster or cell of ten customers who share a value tells it, and of none of them more than of
    the others.

    Examples
    --------
    >>> own_cells(Store.of_rows(np.array([[1.0]] * 10 + [[2.0]] * 9)))[8:11].tolist()
    [[nan], [nan], [2.0]]
    """
    cells = store.rows.copy()
    for column in cells.T:
        _, place, shared = np.unique(column, return_inverse=True, return_counts=True)
        column[shared[place] >= MIN_SIZE] = np.nan
    return cells


def leaking(protection: Protection, population: Population, seed: int) -> float:
    """Share of tiny stores with a cell of a customer in what they tell, as Parquet and as JSON.

    Examples
    --------
    >>> from sparkfl.audit.population import generated
    >>> from sparkfl.audit.protections import SIZES
    >>> leaking(SIZES, generated(20), 0)
    0.0
    """
    rng = np.random.default_rng(seed)
    hits = 0
    for store in tiny_stores(population, rng):
        with tempfile.TemporaryDirectory() as folder:
            write(protection.told(store, Plan(k=3), seed=seed), Path(folder))
            hits += search([folder], own_cells(store)).found > 0
    return hits / population.tried


def write(told: Told, folder: Path) -> None:
    """Write what a store tells into a folder, as releases and metadata are written."""
    summaries = {f"marginal_{i}": own for i, own in enumerate(told.marginals or ())}
    if told.clusters is not None:
        summaries["clusters"] = told.clusters
    if told.moments is not None:
        every = told.moments
        summaries["moments"] = ClusterSummary(every.n[0, :1], every.mean, every.ss)
    content: dict[str, object] = {"histogram": told.histogram, "content": told.fingerprint}
    for name, own in summaries.items():
        table = pa.table({"n": own.n, "mean": own.mean.tolist(), "ss": own.ss.tolist()})
        pq.write_table(table, folder / f"{name}.parquet", compression="zstd")
        content[name] = own.mean.tolist()
    (folder / "metadata.json").write_text(json.dumps(content), "utf-8")
