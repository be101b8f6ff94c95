"""The result of one store, and how it crosses from a worker to the driver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sparkfl.privacy.atoms import Atoms
from sparkfl.privacy.differencing import Membership
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

__all__ = [
    "GUARDED",
    "MEMBERSHIP",
    "LocalResult",
    "Strategy",
    "Verdict",
    "atoms_of",
    "decode",
    "encode",
    "result_schema",
]


class Verdict(StrEnum):
    """What became of a store."""

    OK = "ok"
    """It was trained, and has released clusters."""
    TOO_SMALL = "too_small"
    """It has no more valid customers than clusters, or fewer than the smallest cluster may have."""
    CONSTANT = "constant"
    """All of its rows are equal, or differ by less than has a square: a mean would be everyone."""
    OVERFLOW = "overflow"
    """Its values are so large that their squares are no finite numbers."""
    DOMINATED = "dominated"
    """One customer has too large a share of its rows or sums, whatever is merged: the policy."""
    NO_STORE = "no_store"
    """The rows that have no store: NULL stands in the store column."""
    HELD_BACK = "held_back"
    """It has changed by fewer customers than the minimum size since it released something: the
    earlier release stands."""
    BUDGET_SPENT = "budget_spent"
    """Its release would cost more than is left of its budget; `detail` has the figures."""
    FAILED = "failed"
    """The algorithm raised an error; `detail` says which, and where."""
    REFUSED = "refused"
    """What it released from a cluster of its own broke the federation's contract; `detail` says
    how."""
    SUMMED = "summed"
    """It is on a cluster of its own and part of totals, by secure aggregation; nothing else of it
    is known."""
    MISSING = "missing"
    """It is on a cluster of its own, and had released nothing in time."""


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
    PRIVATE = "private"
    """By sums with noise: differentially private."""
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
    merged_rows : int or None, default 0
        Rows that were in clusters too small to be released; None if that is withheld.
    scaling : Scaling, optional
        The store's own, if it has one.
    strategy : Strategy, default 'none'
        How it was fitted.
    detail : str, optional
        Type and place of the exception of a store that failed; never its message, which can hold a
        customer's values. What is left of a budget, of a store that has spent it.
    skipped : int or None, default 0
        Rows that were left out, because a feature is NULL, NaN or infinite; None if that is
        withheld.
    content : str, optional
        Hash of the rows, if the store is large enough to release anything.
    atoms : Atoms, optional
        What the released clusters are made of, for the guard; it goes no further.
    mergeable : numpy.ndarray of bool, optional
        Which unions of them may be told, for the guard, in the order of
        `sparkfl.privacy.differencing.unions`.
    """

    verdict: Verdict
    rows: int
    summary: ClusterSummary | None = None
    merged_rows: int | None = 0
    scaling: Scaling | None = None
    strategy: Strategy = Strategy.NONE
    detail: str | None = None
    skipped: int | None = 0
    content: str | None = None
    atoms: Atoms | None = None
    mergeable: npt.NDArray[np.bool_] | None = None


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
MEMBERSHIP = ("entity", "cluster", "content")
"""Columns of results that go to a guard, and no further: of parts of clusters, see `Atoms`."""
_PARTS = ("part_rows", "part_home", "part_n")
_EXTENT = ("part_mean", "part_ss", "part_least", "part_greatest")
MERGEABLE = "mergeable"
GUARDED = (*MEMBERSHIP, *_PARTS, *_EXTENT, MERGEABLE)
"""All of them."""


def result_schema(store: str, guarded: bool = False) -> str:
    """Return the schema of results in Spark's words, for a store column of a type.

    Results that go to a guard have what their clusters are made of besides.

    Examples
    --------
    >>> result_schema("date")[:29]
    'store date, verdict string, r'
    """
    whose = [
        *(f"{name} array<bigint>" for name in (*MEMBERSHIP, *_PARTS)),
        *(f"{name} array<double>" for name in _EXTENT),
        f"{MERGEABLE} array<boolean>",
    ]
    fields = [f"{name} {type_}" for name, type_, _ in _FIELDS]
    return ", ".join([f"store {store}", *fields, *(whose if guarded else [])])


def encode(
    stores: pa.Array, results: Sequence[LocalResult], guarded: bool = False
) -> pa.RecordBatch:
    """Encode stores with their results, one a row; matrices are laid out row by row."""
    rows = [_row(result) for result in results]
    columns: list[Sequence[Any]] = list(zip(*rows, strict=True)) or [()] * len(_FIELDS)
    arrays = [pa.array(c, type_) for c, (_, _, type_) in zip(columns, _FIELDS, strict=True)]
    names = ["store", *(f[0] for f in _FIELDS)]
    if guarded:
        told = [_parts(result) for result in results]
        types = [pa.int64()] * 6 + [pa.float64()] * 4 + [pa.bool_()]
        for place, (name, type_) in enumerate(zip(GUARDED, types, strict=True)):
            arrays.append(pa.array([own[place] for own in told], pa.list_(type_)))
            names.append(name)
    return pa.RecordBatch.from_arrays([stores, *arrays], names)


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


def atoms_of(row: Mapping[str, Any]) -> Atoms:
    """Decode what the clusters of a row are made of, of a result that goes to a guard."""
    pairs = (np.array(row[name], np.int64) for name in MEMBERSHIP)
    rows, home, n = (np.array(row[name], np.int64) for name in _PARTS)
    mean, ss, least, greatest = (np.array(row[name]).reshape(len(n), -1) for name in _EXTENT)
    return Atoms(Membership(*pairs), rows, home, ClusterSummary(n, mean, ss), least, greatest)


def _parts(result: LocalResult) -> Sequence[Any]:
    """Lay out what the clusters of a result are made of, in the order of the columns."""
    own = result.atoms
    if own is None:
        return [None] * len(GUARDED)
    whose, summary = own.membership, own.summary
    matrices = (summary.mean, summary.ss, own.least, own.greatest)
    return [
        *(whose.entity, whose.cluster, whose.content, own.rows, own.home, summary.n),
        *(each.ravel() for each in matrices),
        None if result.mergeable is None else result.mergeable.tolist(),
    ]


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
