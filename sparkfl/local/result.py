"""The result of one store, and how it crosses from a worker to the driver."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import pyarrow as pa

from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["LocalResult", "Strategy", "Verdict", "decode", "encode", "result_schema"]


class Verdict(StrEnum):
    """What became of a store."""

    OK = "ok"
    """It was trained, and has released clusters."""
    TOO_SMALL = "too_small"
    """It has no more valid rows than clusters, or fewer than the smallest cluster may have."""
    CONSTANT = "constant"
    """All of its rows are equal, or differ by less than has a square: a mean would be everyone."""
    OVERFLOW = "overflow"
    """Its values are so large that their squares are no finite numbers."""
    NO_STORE = "no_store"
    """The rows that have no store: NULL stands in the store column."""
    FAILED = "failed"
    """The algorithm raised an error; `detail` says which, and where."""


class Strategy(StrEnum):
    """How a store was fitted."""

    BATCHED = "batched"
    """Together with stores of like size, in one call of numpy."""
    IN_MEMORY = "in_memory"
    """By itself, its rows in one worker."""
    SUMMARISED = "summarised"
    """Chunk by chunk, from summaries that merge exactly: no worker should hold it."""
    ESTIMATOR = "estimator"
    """By a scikit-learn estimator."""
    NONE = "none"
    """Not at all."""


@dataclass(frozen=True)
class LocalResult:
    """Result of one store.

    Parameters
    ----------
    verdict : Verdict
        What became of it.
    rows : int
        Valid rows of the store.
    summary : ClusterSummary, optional
        Released clusters, in the clustering space.
    merged_rows : int, default 0
        Rows that were in clusters too small to be released.
    scaling : Scaling, optional
        The store's own, if it has one.
    strategy : Strategy, default 'none'
        How it was fitted.
    detail : str, optional
        Type and place of the exception of a store that failed; never its message, which can hold a
        customer's values.
    skipped : int, default 0
        Rows that were left out, because a feature is NULL, NaN or infinite.
    content : str, optional
        Hash of the rows, if the store is large enough to release anything.
    """

    verdict: Verdict
    rows: int
    summary: ClusterSummary | None = None
    merged_rows: int = 0
    scaling: Scaling | None = None
    strategy: Strategy = Strategy.NONE
    detail: str | None = None
    skipped: int = 0
    content: str | None = None


_VECTOR = pa.list_(pa.float64())
_FIELDS = [
    ("verdict", "string", pa.string()),
    ("rows", "bigint", pa.int64()),
    ("merged_rows", "bigint", pa.int64()),
    ("strategy", "string", pa.string()),
    ("detail", "string", pa.string()),
    ("n", "array<bigint>", pa.list_(pa.int64())),
    ("mean", "array<double>", _VECTOR),
    ("ss", "array<double>", _VECTOR),
    ("scaling_mean", "array<double>", _VECTOR),
    ("scaling_std", "array<double>", _VECTOR),
    ("asinh_mean", "array<double>", _VECTOR),
    ("asinh_std", "array<double>", _VECTOR),
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
            again = Scaling(np.array(row["asinh_mean"]), np.array(row["asinh_std"]))
            scaling = Scaling(np.array(row["scaling_mean"]), np.array(row["scaling_std"]), again)
        yield (
            row["store"],
            LocalResult(
                Verdict(row["verdict"]),
                row["rows"],
                summary,
                row["merged_rows"],
                scaling,
                Strategy(row["strategy"]),
                row["detail"],
            ),
        )


def _row(result: LocalResult) -> tuple[Any, ...]:
    """One result as a row."""
    summary, scaling = result.summary, result.scaling
    asinh = scaling.asinh if scaling else None
    return (
        result.verdict,
        result.rows,
        result.merged_rows,
        result.strategy,
        result.detail,
        summary.n if summary else None,
        summary.mean.ravel() if summary else None,
        summary.ss.ravel() if summary else None,
        scaling.mean if scaling else None,
        scaling.std if scaling else None,
        asinh.mean if asinh else None,
        asinh.std if asinh else None,
    )
