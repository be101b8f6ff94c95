"""Find a column of a pandas frame as a query's column is found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sparkfl.columns.names import missing
from sparkfl.errors import SchemaError

if TYPE_CHECKING:
    import pandas

__all__ = ["find_series", "numbers", "series"]


def series(frame: pandas.DataFrame, name: str | Sequence[str]) -> pandas.Series[Any]:
    """Find a column by its name, or a field of a column of dicts or Rows by its path.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows.
    name : str or sequence of str
        A name or a dotted path: a column of the whole name goes first. A sequence is a path, or
        the name that its parts make with dots. Exact, or in another case if one column has it.

    Raises
    ------
    SchemaError
        If there is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"Spend": [1.0], "rfm": [{"orders": 2}]})
    >>> series(frame, "spend").tolist(), series(frame, ("rfm", "Orders")).tolist()
    ([1.0], [2])
    """
    found = find_series(frame, name)
    if found is None:
        raise missing([name if isinstance(name, str) else ".".join(name)], map(str, frame.columns))
    return found


def find_series(frame: pandas.DataFrame, name: str | Sequence[str]) -> pandas.Series[Any] | None:
    """Find a column as `series` does; None if there is none."""
    if isinstance(name, str):
        return _first(_named(frame, name), _inside(frame, name.split(".")))
    return _first(_inside(frame, name), _named(frame, ".".join(name)))


def numbers(values: pandas.Series[Any], name: str) -> npt.NDArray[np.float64]:
    """Read a column as doubles; NaN for what is missing.

    Raises
    ------
    SchemaError
        If a value is none: a text, even of digits, as in SQL, or a date.

    Examples
    --------
    >>> import pandas as pd
    >>> numbers(pd.Series([True, None, 2]), "n").tolist()
    [1.0, nan, 2.0]
    >>> numbers(pd.Series(["0.1"]), "spend")
    Traceback (most recent call last):
    sparkfl.errors.SchemaError: Column 'spend' has '0.1', a str, where a number belongs. Convert it.
    """
    import pandas as pd

    for value in values if values.dtype == object or pd.api.types.is_string_dtype(values) else ():
        if isinstance(value, str):
            raise _no_number(name, value)
    try:
        doubles = values.astype("Float64").to_numpy(np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise _no_number(name, next(iter(values.dropna()))) from error
    return np.asarray(doubles, dtype=np.float64)


def _no_number(name: str, value: object) -> SchemaError:
    return SchemaError(
        f"Column {name!r} has {value!r}, a {type(value).__name__}, where a number belongs. "
        "Convert it."
    )


def _first(
    one: pandas.Series[Any] | None, other: pandas.Series[Any] | None
) -> pandas.Series[Any] | None:
    return other if one is None else one


def _inside(frame: pandas.DataFrame, path: Sequence[str]) -> pandas.Series[Any] | None:
    """Follow a path from a column into its dicts or Rows."""
    values = _named(frame, path[0])
    if values is None or len(path) == 1:
        return values
    return values.map(lambda value: _field(value, path[1:]))


def _named(frame: pandas.DataFrame, name: str) -> pandas.Series[Any] | None:
    """Find a column of the frame."""
    alike = [c for c in frame.columns if str(c).lower() == name.lower()]
    exact = [c for c in alike if c == name]
    chosen = exact or alike
    return frame[chosen[0]] if len(chosen) == 1 else None


def _field(value: Any, path: Sequence[str]) -> Any:
    """Follow a path into a dict or a Row; None where it ends."""
    for name in path:
        fields = value.asDict() if hasattr(value, "asDict") else value
        if not isinstance(fields, Mapping):
            return None
        alike = [key for key in fields if str(key).lower() == name.lower()]
        value = fields.get(name, fields[alike[0]] if len(alike) == 1 else None)
    return value
