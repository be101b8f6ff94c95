"""Find a column of a pandas frame as a query's column is found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sparkfl.columns.names import missing

if TYPE_CHECKING:
    import pandas

__all__ = ["find_series", "series"]


def series(frame: pandas.DataFrame, name: str) -> pandas.Series[Any]:
    """Find a column by its name, or a field of a column of dicts or Rows by its dotted path.

    Parameters
    ----------
    frame : pandas.DataFrame
        Rows.
    name : str
        Exact, or in another case if one column has it.

    Raises
    ------
    SchemaError
        If there is no such column.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"Spend": [1.0], "rfm": [{"orders": 2}]})
    >>> series(frame, "spend").tolist(), series(frame, "rfm.orders").tolist()
    ([1.0], [2])
    """
    found = find_series(frame, name)
    if found is None:
        raise missing([name], map(str, frame.columns))
    return found


def find_series(frame: pandas.DataFrame, name: str) -> pandas.Series[Any] | None:
    """Find a column as `series` does; None if there is none."""
    whole = _named(frame, name)
    column, _, path = name.partition(".")
    if whole is not None or not path:
        return whole
    outer = _named(frame, column)
    return None if outer is None else outer.map(lambda value: _field(value, path))


def _named(frame: pandas.DataFrame, name: str) -> pandas.Series[Any] | None:
    """Find a column of the frame."""
    alike = [c for c in frame.columns if str(c).lower() == name.lower()]
    exact = [c for c in alike if c == name]
    chosen = exact or alike
    return frame[chosen[0]] if len(chosen) == 1 else None


def _field(value: Any, path: str) -> Any:
    """Follow a path into a dict or a Row; None where it ends."""
    name, _, rest = path.partition(".")
    fields = value.asDict() if hasattr(value, "asDict") else value
    inner = fields.get(name) if isinstance(fields, Mapping) else None
    return _field(inner, rest) if rest and inner is not None else inner
