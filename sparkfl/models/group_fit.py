"""Fit something for each group of rows in workers, so that a group that fails stops no other."""

from __future__ import annotations

import pickle
import re
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql import DataFrame
from pyspark.sql.pandas.types import from_arrow_schema

from sparkfl.errors import ParameterError

__all__ = [
    "GroupFit",
    "error_line",
    "fit_groups",
    "fits_table",
    "opener",
    "read_fits",
    "require_one",
    "with_skipped",
    "write_fits",
]

Fit = Callable[[pa.Table], tuple[Any, str | None]]
"""Fits the rows of a table: what to pickle, and what to tell of it."""

_FITS = pa.schema(
    [
        ("group", pa.string()),
        ("verdict", pa.string()),
        ("detail", pa.string()),
        ("rows", pa.int64()),
        ("model", pa.binary()),
        ("skipped", pa.int64()),
    ]
)
"""The table of what became of groups, a row a `GroupFit`."""
_FILE = "fits.parquet"
_SOURCE = re.compile(r"\[[\d:]+\] \S+:\d+: (?:Check failed: [^:]*: )?")
"""Where in its source XGBoost says that a check has failed."""
_ZLIB = b"\x78"
_TOGETHER = 16
"""Groups that a task fits."""
_KEPT = 64
"""Models that a worker keeps ready."""


@dataclass(frozen=True)
class GroupFit:
    """What became of a group.

    `verdict` is 'ok', 'failed', or 'no_store' for rows without a group; `detail` the error, or what
    the model is; `skipped` are rows that were not learnt from.
    """

    group: str | None
    verdict: str
    detail: str | None
    rows: int
    model: bytes | None
    skipped: int = 0


def fit_groups(rows: DataFrame, fit: Fit) -> list[GroupFit]:
    """Fit on the rows of each value of their column ``group``, in the order of the values.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        The rows.
    fit : callable
        Runs in a worker; what it raises is told of the group.
    """

    def tried(table: pa.Table) -> pa.Table:
        group = table["group"][0].as_py()
        try:
            model, detail = fit(table)
            told = GroupFit(group, "ok", detail, len(table), _packed(model))
        except Exception as error:  # noqa: BLE001
            # What a group's rows do to the estimator is told of the group.
            told = GroupFit(group, "failed", error_line(error), len(table), None)
        return fits_table([told])

    groups = rows.select("group").distinct().count()
    if groups > _TOGETHER:
        # What one task returns must not be all there is.
        rows = rows.repartition(-(-groups // _TOGETHER), "group")
    fitted = rows.groupBy("group").applyInArrow(tried, from_arrow_schema(_FITS)).collect()
    return sorted((GroupFit(*row) for row in fitted), key=lambda fit: str(fit.group))


def _packed(model: Any) -> bytes:
    return zlib.compress(pickle.dumps(model), 1)


def _unpacked(model: bytes) -> Any:
    # The first byte of a pickle is another.
    return pickle.loads(zlib.decompress(model) if model[:1] == _ZLIB else model)


def with_skipped(fits: Sequence[GroupFit], skipped: DataFrame) -> tuple[GroupFit, ...]:
    """Tell of rows that were not learnt from, and of groups that have no others.

    Parameters
    ----------
    fits : sequence of GroupFit
        What became of the groups.
    skipped : pyspark.sql.DataFrame
        The rows, with their column ``group``.
    """
    left = {row[0]: int(row[1]) for row in skipped.groupBy("group").count().collect()}
    told = [replace(fit, skipped=left.pop(fit.group, 0)) for fit in fits]
    for group, n in left.items():
        verdict, detail = "failed", "all of its rows are NULL, NaN or infinite somewhere"
        if group is None:
            verdict, detail = "no_store", "the column of the groups is NULL"
        told.append(GroupFit(group, verdict, detail, 0, None, n))
    return tuple(sorted(told, key=lambda fit: str(fit.group)))


def require_one(fits: Sequence[GroupFit], what: str) -> None:
    """Refuse groups of which none could be fitted.

    Raises
    ------
    ParameterError
        With what the first of them say.
    """
    if not any(fit.model for fit in fits):
        told = "; ".join(f"{fit.group}: {fit.detail}" for fit in fits[:3])
        raise ParameterError(f"No group could be fitted by {what}: {told}")


def fits_table(fits: Iterable[GroupFit]) -> pa.Table:
    """Return what became of groups as a table."""
    return pa.Table.from_pylist([vars(fit) for fit in fits], _FITS)


def write_fits(fits: Iterable[GroupFit], directory: Path) -> None:
    """Write what became of groups into a model's directory."""
    pq.write_table(fits_table(fits), directory / _FILE)


def read_fits(directory: Path) -> tuple[GroupFit, ...]:
    """Read what `write_fits` wrote."""
    return tuple(GroupFit(**row) for row in pq.read_table(directory / _FILE).to_pylist())


def opener(fits: Iterable[GroupFit], opened: Callable[[Any], Any]) -> Callable[[str | None], Any]:
    """Return what gives the model of a group, None if it has none; the last ones are kept ready.

    Parameters
    ----------
    fits : iterable of GroupFit
        The groups.
    opened : callable
        What to make of what was pickled.
    """
    models = {fit.group: fit.model for fit in fits if fit.model is not None}
    ready: dict[str | None, Any] = {}

    def of(group: str | None) -> Any:
        if group not in ready and (model := models.get(group)) is not None:
            ready[group] = opened(_unpacked(model))
            for oldest in list(ready)[:-_KEPT]:
                del ready[oldest]
        return ready.get(group)

    return of


def error_line(error: Exception) -> str:
    """Return the first line of an error.

    Examples
    --------
    >>> error_line(ValueError("no rows")), error_line(KeyError())
    ('ValueError: no rows', 'KeyError')
    >>> error_line(RuntimeError("[10:05:23] /src/utils.h:372: Check failed: a > b: a is too small"))
    'RuntimeError: a is too small'
    """
    text = _SOURCE.sub("", next(iter(str(error).splitlines()), ""))
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
