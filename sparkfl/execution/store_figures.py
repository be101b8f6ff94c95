"""Figures of the columns of each store, and of all together, that have passed the gate."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as sf

from sparkfl.privacy.moments import release_moments
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["store_figures", "told_of"]

_MOMENTS = "store string, n array<bigint>, mean array<double>, ss array<double>"
_FIGURES = ("rows", "n", "missing_share", "mean", "std", "pearson")
_TOLD = f"store string, {', '.join(f'{name} array<double>' for name in _FIGURES)}"
_VECTOR = pa.list_(pa.float64())


def store_figures(
    rows: DataFrame, numbers: Sequence[str], target: str | None, rules: Rules
) -> DataFrame:
    """Plan moments of each store, let them through the gate, and tell figures of what has passed.

    With a target x, y and x + y of the rows that have both go into the gate for each number x: the
    covariance follows from their sums of squares.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        Rows of all stores: `store`, a text, and what `numbers` reads; rows without a store count
        for nothing.
    numbers : sequence of str
        Texts of doubles, NULL where there is no value.
    target : str or None
        Text of a double that correlations are with.
    rules : Rules
        What is asked; each row is an entity.

    Returns
    -------
    pyspark.sql.DataFrame
        A row a store, also of those that tell nothing, and one without a store, of all that was
        told: `store`, and arrays as long as `numbers` of what `told_of` gives.

    Examples
    --------
    >>> rows = spark.range(40).selectExpr("IF(id < 35, 'a', 'b') AS store", "double(id) AS x")
    >>> told = store_figures(rows, ["x"], None, Rules(10)).orderBy("store").collect()
    >>> [(row.store, row.n, row.mean) for row in told]
    [(None, [35.0], [17.0]), ('a', [35.0], [17.0]), ('b', [None], [None])]
    """
    d = len(numbers)
    features = ["1D", *map(_finite, numbers)]
    if target is not None:
        y = _finite(target)
        for x in map(_finite, numbers):
            both = f"CASE WHEN ({x}) IS NOT NULL AND ({y}) IS NOT NULL THEN {{}} END"
            features += [both.format(x), both.format(y), both.format(f"({x}) + ({y})")]
    width = len(features)
    one = f"array({', '.join(features)})"
    each = [f"get(f, {i})" for i in range(width)]
    aggregates = {
        "n": "count({0})",
        "mean": "avg({0})",
        "variance": "var_pop({0})",
        "equal": "coalesce(min({0}) = max({0}), true)",
    }
    stores = (
        rows.where("store IS NOT NULL")
        .select("store", sf.expr(one).alias("f"))
        .groupBy("store")
        .agg(
            *(
                sf.expr(f"array({', '.join(text.format(x) for x in each)})").alias(name)
                for name, text in aggregates.items()
            )
        )
    )

    def gate(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            n, mean, variance, equal = (_matrix(column, width) for column in batch.columns[1:])
            told = release_moments(Moments(n, mean, variance * n), equal, rules)
            yield _moments(batch.column(0), told)

    def pool(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        kept = list(batches)
        if not kept:
            return
        n, mean, ss = (
            np.concatenate([_matrix(batch.column(place), width) for batch in kept])
            for place in (1, 2, 3)
        )
        stores = Moments(n.astype(np.int64), mean, ss)
        names = [name for batch in kept for name in batch.column(0).to_pylist()]
        for store, told in ((names, stores), ([None], stores.total())):
            figures = told_of(told, d, rules.min_size)
            columns = {name: pa.array(_rows(figures[name]), _VECTOR) for name in _FIGURES}
            yield pa.RecordBatch.from_pydict({"store": pa.array(store, pa.string()), **columns})

    return stores.mapInArrow(gate, _MOMENTS).repartition(1).mapInArrow(pool, _TOLD)


def told_of(moments: Moments, d: int, least: int) -> dict[str, Matrix]:
    """Return what is told of moments that have passed the gate.

    Parameters
    ----------
    moments : Moments
        Of a number that is 1 in each row, then of each of d numbers, and then, if there is a
        target, of x, y and x + y of each.
    d : int
        Numbers.
    least : int
        Of fewer rows without a value it is not told how many they are, nor how many have one.

    Returns
    -------
    dict of str to numpy.ndarray, shape (stores, d)
        `rows`, `n`, `missing_share`, `mean`, `std`, a sample's, and `pearson`; NaN for what is not
        told.

    Examples
    --------
    >>> one = Moments(np.array([[20, 12]]), np.array([[1.0, 5.0]]), np.array([[0.0, 44.0]]))
    >>> told = told_of(one, 1, 10)
    >>> told["std"].tolist(), told["n"].tolist()
    ([[2.0]], [[nan]])
    """
    rows = np.where(moments.n[:, :1] > 0, moments.n[:, :1], np.nan) + np.zeros(d)
    n = np.where(moments.n[:, 1 : d + 1] > 0, moments.n[:, 1 : d + 1], np.nan)
    mean, ss = moments.mean[:, 1 : d + 1], moments.ss[:, 1 : d + 1]
    gone = rows - n
    few = (gone > 0) & (gone < least)
    pearson = np.full_like(mean, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        std = np.sqrt(ss / (n - 1))
        if moments.n.shape[1] > d + 1:
            x, y, both = (moments.ss[:, d + 1 + i :: 3] for i in range(3))
            pearson = np.clip((both - x - y) / (2 * np.sqrt(x * y)), -1.0, 1.0)
    return {
        "rows": np.where(np.isnan(n), np.nan, rows),
        "n": np.where(few, np.nan, n),
        "missing_share": np.where(few, np.nan, gone / rows),
        "mean": mean,
        "std": std,
        "pearson": pearson,
    }


def _finite(number: str) -> str:
    return f"CASE WHEN abs({number}) < double('inf') THEN {number} END"


def _matrix(column: pa.Array, features: int) -> Any:
    """Read a column of arrays, shape (rows, features); NaN for a NULL."""
    return column.flatten().to_numpy(zero_copy_only=False).reshape(-1, features)


def _moments(store: pa.Array, moments: Moments) -> pa.RecordBatch:
    columns = {
        "store": store,
        "n": pa.array(list(moments.n), pa.list_(pa.int64())),
        "mean": pa.array(list(moments.mean), _VECTOR),
        "ss": pa.array(list(moments.ss), _VECTOR),
    }
    return pa.RecordBatch.from_pydict(columns)


def _rows(matrix: Matrix) -> list[list[float | None]]:
    """Return rows with NULL for NaN."""
    return [[value if np.isfinite(value) else None for value in row] for row in matrix.tolist()]
