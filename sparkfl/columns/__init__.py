"""Columns of a query: found by name, read as numbers, bound to what a model expects."""

from __future__ import annotations

from sparkfl.columns.bind import InputColumn, bind
from sparkfl.columns.find import Found, case_sensitive, find, resolve, resolve_all
from sparkfl.columns.frame import arrow_frame, check_same_session, spark_frame, without_internal
from sparkfl.columns.given import check_text, expressions, listed
from sparkfl.columns.lists import lists_of, matrix_of, places_of
from sparkfl.columns.names import (
    INTERNAL,
    check_names,
    check_taken,
    class_name,
    identifiers,
    missing,
    path_sql,
    quote,
    string_literal,
)
from sparkfl.columns.values import (
    array_of_doubles,
    double_sql,
    finite,
    is_number,
    is_vector,
    kind_of,
    require_numbers,
    signed_log1p,
)
from sparkfl.columns.vectorized import vectorized

__all__ = [
    "INTERNAL",
    "Found",
    "InputColumn",
    "array_of_doubles",
    "arrow_frame",
    "bind",
    "case_sensitive",
    "check_names",
    "check_same_session",
    "check_taken",
    "check_text",
    "class_name",
    "double_sql",
    "expressions",
    "find",
    "finite",
    "identifiers",
    "is_number",
    "is_vector",
    "kind_of",
    "listed",
    "lists_of",
    "matrix_of",
    "missing",
    "path_sql",
    "places_of",
    "quote",
    "require_numbers",
    "resolve",
    "resolve_all",
    "signed_log1p",
    "spark_frame",
    "string_literal",
    "vectorized",
    "without_internal",
]
