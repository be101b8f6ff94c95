"""Columns of a query: found by name, read as numbers, bound to what a model expects."""

from __future__ import annotations

from sparkfl.columns.bind import InputColumn, bind
from sparkfl.columns.find import Found, find, resolve
from sparkfl.columns.names import missing, quote, taken
from sparkfl.columns.values import (
    array_of_doubles,
    finite,
    is_number,
    is_vector,
    kind_of,
    signed_log1p,
)

__all__ = [
    "Found",
    "InputColumn",
    "array_of_doubles",
    "bind",
    "find",
    "finite",
    "is_number",
    "is_vector",
    "kind_of",
    "missing",
    "quote",
    "resolve",
    "signed_log1p",
    "taken",
]
