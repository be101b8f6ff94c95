"""What one store tells, and how it crosses from a worker to the driver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["LocalResult", "Path", "decode", "encode", "result_schema"]


class Path:
    """How a store was fitted, by the names in a verdict.

    ``batched``: together with stores of like size, in one call of numpy. ``in_memory``: by
    itself, its rows in one worker. ``summarised``: chunk by chunk, from summaries that merge
    exactly, because no worker should hold it. ``estimator``: by a scikit-learn estimator. ``none``:
    not at all.
    """

    BATCHED = "batched"
    IN_MEMORY = "in_memory"
    SUMMARISED = "summarised"
    ESTIMATOR = "estimator"
    NONE = "none"


@dataclass(frozen=True)
class LocalResult:
    """What one store tells.

    Parameters
    ----------
    verdict : str
        ``ok``, ``too_small``, ``constant``, ``rejected_nonfinite`` or ``failed: <exception type>
        in <where>``; never an exception's message, which can hold a customer's values.
    rows : int
        Rows of the store.
    summary : ClusterSummary, optional
        Released clusters, in the clustering space.
    merged_rows : int, default 0
        Rows that were in clusters too small to be released.
    scaling : Scaling, optional
        The store's own, if it has one.
    path : str, default 'none'
        How it was fitted, see `Path`.
    """

    verdict: str
    rows: int
    summary: ClusterSummary | None = None
    merged_rows: int = 0
    scaling: Scaling | None = None
    path: str = Path.NONE


_VECTOR = pa.list_(pa.float64())
_FIELDS = [
    ("verdict", "string", pa.string()),
    ("rows", "bigint", pa.int64()),
    ("merged_rows", "bigint", pa.int64()),
    ("path", "string", pa.string()),
    ("n", "array<bigint>", pa.list_(pa.int64())),
    ("mean", "array<double>", _VECTOR),
    ("ss", "array<double>", _VECTOR),
    ("scaling_mean", "array<double>", _VECTOR),
    ("scaling_std", "array<double>", _VECTOR),
]


def result_schema(store: str) -> str:
    """Return the schema of results in Spark's words, for a store column of a type.

    Examples
    --------
    >>> result_schema("date")[:29]
    'store date, verdict string, r'
    """
    return ", ".join([f"store {store}", *(f"{name} {type_}" for name, type_, _ in _FIELDS)])


def encode(stores: pa.Array, results: Sequence[LocalResult]) -> pa.RecordBatch:
    """Encode stores with their results, one a row; matrices are laid out row by row."""
    rows = [_row(result) for result in results]
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(_FIELDS)
    arrays = [pa.array(c, type_) for c, (_, _, type_) in zip(columns, _FIELDS, strict=True)]
    return pa.RecordBatch.from_arrays([stores, *arrays], ["store", *(f[0] for f in _FIELDS)])


def decode(table: pa.Table) -> Iterator[tuple[Any, LocalResult]]:
    """Decode what `encode` encoded, row by row."""
    for row in table.to_pylist():
        summary = scaling = None
        if row["n"]:
            shape = (len(row["n"]), -1)
            mean, ss = (np.array(row[name]).reshape(shape) for name in ("mean", "ss"))
            summary = ClusterSummary(np.array(row["n"]), mean, ss)
        if row["scaling_mean"] is not None:
            scaling = Scaling(np.array(row["scaling_mean"]), np.array(row["scaling_std"]))
        yield (
            row["store"],
            LocalResult(
                row["verdict"], row["rows"], summary, row["merged_rows"], scaling, row["path"]
            ),
        )


def _row(result: LocalResult) -> tuple[Any, ...]:
    """One result as a row."""
    summary, scaling = result.summary, result.scaling
    return (
        result.verdict,
        result.rows,
        result.merged_rows,
        result.path,
        summary.n if summary else None,
        summary.mean.ravel() if summary else None,
        summary.ss.ravel() if summary else None,
        scaling.mean if scaling else None,
        scaling.std if scaling else None,
    )
