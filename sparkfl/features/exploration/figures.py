"""Figures of all columns, from one pass over the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from sparkfl.features.exploration.column_state import STATE, ColumnState, figures_of
from sparkfl.features.exploration.columns import Explored, matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["QUANTILES", "figures"]

QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)

_STATE = (
    "place int, counts array<double>, limits array<double>, moments array<double>, "
    "train array<double>, test array<double>, both array<double>, points array<double>, "
    "weight double, hashes array<bigint>"
)
_NAMES = (
    "rows", "missing", "zeros", "infinite", "distinct", "mean", "std", "skewness", "kurtosis",
    "min", "max", "pearson", "train_mean", "train_std", "test_mean", "test_std",
)  # fmt: skip
_FIGURES = pa.schema(
    [
        ("place", pa.int32()),
        *((name, pa.float64()) for name in _NAMES),
        ("quantiles", pa.list_(pa.float64())),
    ]
)
_TOLD = f"place int, {', '.join(f'{name} double' for name in _NAMES)}, quantiles array<double>"


def figures(rows: DataFrame, columns: Sequence[Explored]) -> DataFrame:
    """Return a row a column of what `laid_out` gave, of which there is a row.

    Each partition tells what it has of each column, as large whatever its rows are, and that
    merges. Skewness and excess kurtosis are those of a population, as `scipy.stats` has them; the
    standard deviation is that of a sample. Of up to 2,047 different values it is exact how many
    there are, of more it has a standard error of 2.2 %. Quantiles are values that are there: of up
    to 2,048 values in each partition the exact ones, of more within 0.1 % of the ranks.
    """
    places = {
        kinds: [c.place for c in columns if c.kind in kinds]
        for kinds in (("number", "date"), ("category",), ("other",))
    }
    numbers, categories, others = places.values()

    def measure(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        states = {place: ColumnState() for kind in places.values() for place in kind}
        for batch in batches:
            y, test = (batch[name].to_numpy(zero_copy_only=False) for name in ("y", "test"))
            for place, x in zip(numbers, matrix(batch["x"], len(numbers)), strict=True):
                states[place].add_numbers(x, y, test)
            hashes = batch["hashes"].flatten()
            gone = hashes.is_null().to_numpy(zero_copy_only=False)
            known = hashes.fill_null(0).to_numpy(zero_copy_only=False)
            shape = len(batch), len(categories)
            texts = zip(categories, known.reshape(shape).T, gone.reshape(shape).T, strict=True)
            for place, own, missing in texts:
                states[place].add_texts(np.ascontiguousarray(own), missing)
            flags = batch["missing"].flatten().to_numpy(zero_copy_only=False).astype(bool)
            flags = flags.reshape(len(batch), len(others))
            for place, missing in zip(others, flags.T, strict=True):
                states[place].add_missing(missing)
        told = [state.row(place) for place, state in states.items() if state.rows]
        yield pa.RecordBatch.from_pylist(told, STATE)

    def merge(parts: pa.Table) -> pa.Table:
        states = _rows_of(parts)
        told = {"place": states[0]["place"], **figures_of(states, QUANTILES)}
        return pa.Table.from_pylist([{k: _or_none(v) for k, v in told.items()}], _FIGURES)

    read = rows.select("x", "hashes", "missing", "y", "test")
    return read.mapInArrow(measure, _STATE).groupBy("place").applyInArrow(merge, _TOLD)


def _rows_of(parts: pa.Table) -> list[dict[str, Any]]:
    """Return the rows of a table, the long lists as arrays."""
    long = ("points", "hashes")
    short: list[dict[str, Any]] = parts.drop_columns(list(long)).to_pylist()
    for name in long:
        for row, value in zip(short, parts[name], strict=True):
            row[name] = value.values.to_numpy(zero_copy_only=False)
    return short


def _or_none(value: Any) -> Any:
    return None if isinstance(value, float) and np.isnan(value) else value
