"""Columns of a query: found by name, read as numbers, bound to what a model expects."""

from __future__ import annotations

from sparkfl.columns.find import Found, find, resolve
from sparkfl.columns.frame import check_same_session, spark_frame
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
    "array_of_doubles",
    "check_same_session",
    "find",
    "finite",
    "is_number",
    "is_vector",
    "kind_of",
    "missing",
    "quote",
    "resolve",
    "signed_log1p",
    "spark_frame",
    "taken",
]
