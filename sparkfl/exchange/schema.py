"""The types that a document's content must have, exactly."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.statistics.summary import Matrix

__all__ = ["integer", "integers", "mapping", "matrix", "optional_text", "text", "vector"]

_LARGEST = 2**53
"""Counts beyond it are no counts: not every integer there is a double."""


def mapping(value: Any, keys: Collection[str], what: str) -> dict[str, Any]:
    """Return an object that has these keys, no others.

    Examples
    --------
    >>> mapping({"a": 1}, ["a"], "it")
    {'a': 1}
    """
    if not isinstance(value, dict) or set(value) != set(keys):
        raise _malformed(f"{what} must be an object with {', '.join(sorted(keys))}")
    return value


def text(value: Any, what: str, longest: int = 200) -> str:
    """Return a text that is not empty and has no control characters.

    Examples
    --------
    >>> text("north", "the store")
    'north'
    """
    if not isinstance(value, str) or not 0 < len(value) <= longest or not value.isprintable():
        raise _malformed(f"{what} must be a printable text of 1 to {longest} characters")
    return value


def optional_text(value: Any, what: str, longest: int = 200) -> str | None:
    """Return a text, or None.

    Examples
    --------
    >>> optional_text(None, "the detail")
    """
    return None if value is None else text(value, what, longest)


def integer(value: Any, what: str) -> int:
    """Return an integer that a double can hold.

    Examples
    --------
    >>> integer(3, "n")
    3
    """
    if type(value) is not int or abs(value) > _LARGEST:
        raise _malformed(f"{what} must be an integer")
    return value


def integers(value: Any, what: str, length: int | None = None) -> list[int]:
    """Return a list of integers.

    Examples
    --------
    >>> integers([1, 2], "n")
    [1, 2]
    """
    found = [integer(each, what) for each in _list(value, what)]
    _check_length(found, length, what)
    return found


def vector(value: Any, what: str, length: int | None = None, missing: bool = False) -> Matrix:
    """Return a list of finite doubles as an array; with `missing`, null as NaN.

    Examples
    --------
    >>> vector([1.0, None], "mean", 2, missing=True)
    array([ 1., nan])
    """
    found = _list(value, what)
    _check_length(found, length, what)
    if not all(type(each) is float or (missing and each is None) for each in found):
        raise _malformed(f"{what} must be a list of doubles")
    return np.array([np.nan if each is None else each for each in found], dtype=np.float64)


def matrix(value: Any, what: str, rows: int, columns: int) -> Matrix:
    """Return a list of lists of finite doubles as an array.

    Examples
    --------
    >>> matrix([[1.0], [2.0]], "mean", 2, 1).tolist()
    [[1.0], [2.0]]
    """
    found = _list(value, what)
    _check_length(found, rows, what)
    return np.array([vector(row, what, columns) for row in found]).reshape(rows, columns)


def _list(value: Any, what: str) -> list[Any]:
    """Return a list."""
    if not isinstance(value, list):
        raise _malformed(f"{what} must be a list")
    return value


def _check_length(found: list[Any], length: int | None, what: str) -> None:
    """Refuse a list of another length."""
    if length is not None and len(found) != length:
        raise _malformed(f"{what} must have {length} elements; it has {len(found)}")


def _malformed(detail: str) -> RefusalError:
    """Return a refusal."""
    return RefusalError(Reason.MALFORMED, detail)
