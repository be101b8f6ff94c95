"""A table of releases, checked: count, mean and sum of squares of each cluster of each store."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa

from sparkfl.errors import SchemaError
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["checked", "clusters"]

_COLUMNS = ("store", "n", "mean", "ss")


def checked(name: str, table: pa.Table) -> pa.Table:
    """Return the columns of a table of releases, or say what is none in it.

    Parameters
    ----------
    name : str
        What the table is called.
    table : pyarrow.Table
        A row a cluster: ``store``, or the first column if none is called so; ``n``, a whole number
        above 0; ``mean`` and ``ss``, arrays of one length, finite, ``ss`` not negative.

    Raises
    ------
    SchemaError
        If a column is missing or of another type, a value is not valid, or there is no row.

    Examples
    --------
    >>> rows = {"shop": ["a"], "n": [3], "mean": [[0.5]], "ss": [[-1.0]]}
    >>> checked("releases.parquet", pa.table(rows))
    Traceback (most recent call last):
    sparkfl.errors.SchemaError: Row 1 of releases.parquet has ss [-1.0]; a sum of squares is not \
negative. Write releases as stores made them.
    """
    if "store" not in table.column_names and table.num_columns:
        table = table.rename_columns(["store", *table.column_names[1:]])
    missing = [column for column in _COLUMNS if column not in table.column_names]
    if missing:
        raise SchemaError(
            f"{name} has no column {missing[0]!r}; releases have {', '.join(_COLUMNS)}, and it has "
            f"{', '.join(table.column_names)}."
        )
    table = table.select(_COLUMNS)
    if not table.num_rows:
        raise SchemaError(f"{name} has no row: there is no release to attack. Name another table.")
    return pa.table({"store": table["store"], **_cast(name, table)})


def clusters(table: pa.Table) -> dict[object, ClusterSummary]:
    """Read the clusters of each store from columns that are valid."""
    places: dict[object, list[int]] = {}
    for place, store in enumerate(table["store"].to_pylist()):
        places.setdefault(store, []).append(place)
    n = table["n"].to_numpy().astype(np.int64)
    mean, ss = (np.array(table[name].to_pylist(), dtype=np.float64) for name in ("mean", "ss"))
    return {s: ClusterSummary(n[own], mean[own], ss[own]) for s, own in places.items()}


def _cast(name: str, table: pa.Table) -> Mapping[str, pa.ChunkedArray]:
    """Bring the numbers to their types, and look at every one."""
    types = {"n": pa.int64(), "mean": pa.list_(pa.float64()), "ss": pa.list_(pa.float64())}
    cast = {}
    for column, type_ in types.items():
        given = table.schema.field(column).type
        if _is_number(given) != (column == "n") or (column != "n" and not _is_list(given)):
            says = "whole numbers" if column == "n" else "arrays of numbers"
            raise SchemaError(f"Column {column!r} of {name} has {given}; it must have {says}.")
        try:
            cast[column] = table[column].cast(type_)
        except pa.ArrowInvalid as error:
            raise SchemaError(
                f"Column {column!r} of {name}: {str(error).splitlines()[0]}. Counts are whole."
            ) from error
    width = len(cast["mean"][0].as_py() or ())
    values = zip(*(cast[column].to_pylist() for column in types), strict=True)
    for row, (n, mean, ss) in enumerate(values, 1):
        _look(f"Row {row} of {name}", n, mean, ss, width)
    return cast


def _look(
    row: str, n: int | None, mean: list[float] | None, ss: list[float] | None, width: int
) -> None:
    """Refuse a row that no store can have released."""
    wrong = None
    if n is None or n < 1:
        wrong = f"n {'NULL' if n is None else n}; a count is at least 1"
    for column, numbers in (("mean", mean), ("ss", ss)):
        if wrong is None and (numbers is None or len(numbers) != width or not width):
            length = "NULL" if numbers is None else f"of length {len(numbers)}"
            wrong = f"{column} {length}; it has a number a feature, {max(width, 1)} as row 1"
        elif wrong is None and not np.isfinite(np.array(numbers, dtype=np.float64)).all():
            wrong = f"{column} {numbers}; its numbers must be finite"
    if wrong is None and min(ss or [0.0]) < 0:
        wrong = f"ss {ss}; a sum of squares is not negative"
    if wrong is not None:
        raise SchemaError(f"{row} has {wrong}. Write releases as stores made them.")


def _is_number(type_: pa.DataType) -> bool:
    """Tell whether it is a type of numbers."""
    return any(is_(type_) for is_ in (pa.types.is_integer, pa.types.is_floating)) or bool(
        pa.types.is_decimal(type_)
    )


def _is_list(type_: pa.DataType) -> bool:
    """Tell whether it is a type of arrays of numbers."""
    lists = (pa.types.is_list, pa.types.is_large_list, pa.types.is_fixed_size_list)
    return any(is_(type_) for is_ in lists) and _is_number(type_.value_type)
