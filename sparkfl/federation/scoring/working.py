"""Names of the columns that a prediction works with, and writing of values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparkfl.federation.data import FederationData

__all__ = ["PREFIX", "number_sql", "scaled_sql", "text_sql", "z"]

PREFIX = "__sparkfl_"


def z(i: int) -> str:
    """Name the column of a feature in the clustering space."""
    return f"{PREFIX}z{i}"


def number_sql(value: float) -> str:
    """Write a double, exactly.

    Examples
    --------
    >>> number_sql(-0.1), number_sql(float("inf"))
    ('(-0.1D)', "double('inf')")
    """
    return f"({float(value)!r}D)" if math.isfinite(value) else f"double('{float(value)}')"


def text_sql(value: str) -> str:
    """Quote a text, whatever is in it.

    Examples
    --------
    >>> text_sql("+x")
    "decode(unhex('2b78'), 'UTF-8')"
    """
    return f"decode(unhex('{value.encode().hex()}'), 'UTF-8')"


def scaled_sql(data: FederationData, i: int) -> str:
    """Write a feature in the clustering space, by the store's own scaling if it has one."""
    mean, factor = number_sql(data.scaling.mean[i]), number_sql(data.scaling.factor[i])
    if data.params["scaling"] == "store":
        mean = f"coalesce({PREFIX}m{i}, {mean})"
        factor = f"coalesce({PREFIX}f{i}, {factor})"
    return f"({PREFIX}x{i} - {mean}) * {factor}"
