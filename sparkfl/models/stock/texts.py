"""The fitted stages of TRANSFORM that make tokens, and waves and products of a vector, in SQL."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
from pyspark.ml.feature import (
    DCT,
    NGram,
    PolynomialExpansion,
    RegexTokenizer,
    StopWordsRemover,
    Tokenizer,
)

from sparkfl.columns import INTERNAL
from sparkfl.execution.let import let
from sparkfl.execution.literals import text_sql
from sparkfl.execution.numbers import INLINE, Numbers, summed

__all__ = ["STAGES", "matrix_sql"]

_PARTS = f"{INTERNAL}parts"


def matrix_sql(column: str, rows: Any) -> str:
    """Write the product of a matrix and an array.

    Parameters
    ----------
    column : str
        Name of the array.
    rows : numpy.ndarray, shape (k, d)
        The matrix.
    """
    return f"array({', '.join(_product(column, row) for row in rows)})"


def _product(column: str, row: Any) -> str:
    """Write the product of two arrays."""
    numbers = Numbers(row)
    if len(row) <= INLINE:
        return summed(len(row), lambda i: f"get({column}, {i}) * {numbers.at(i)}")
    terms = f"zip_with({column}, {numbers.sql}, (x, w) -> x * w)"
    return f"aggregate({terms}, 0.0D, (s, x) -> s + x)"


def _split(text: str, pattern: str) -> str:
    """Write what Java's `String.split` gives, which leaves empty parts at the end out."""
    last = f"array_max(transform({_PARTS}, (t, i) -> CASE WHEN t <> '' THEN i + 1 ELSE 0 END))"
    whole = f"CASE WHEN size({_PARTS}) = 1 THEN {_PARTS} ELSE slice({_PARTS}, 1, {last}) END"
    return let({_PARTS: f"split({text}, {text_sql(pattern)})"}, whole)


def _tokens(_stage: Tokenizer, column: str, _size: int) -> tuple[str, int]:
    return _split(f"lower({column})", r"\s"), 0


def _regex_tokens(stage: RegexTokenizer, column: str, _size: int) -> tuple[str, int]:
    text = f"lower({column})" if stage.getToLowercase() else column
    found = f"regexp_extract_all({text}, {text_sql(stage.getPattern())}, 0)"
    tokens = _split(text, stage.getPattern()) if stage.getGaps() else found
    return f"filter({tokens}, t -> length(t) >= {stage.getMinTokenLength()})", 0


def _runs(stage: NGram, column: str, _size: int) -> tuple[str, int]:
    n = stage.getN()
    runs = f"slice({column}, 1, size({column}) - {n - 1})"
    for place in range(1, n):
        others = f"slice({column}, {place + 1}, size({column}) - {n - 1})"
        runs = f"zip_with({runs}, {others}, (s, t) -> concat(s, ' ', t))"
    none = "CAST(array() AS array<string>)"
    return f"CASE WHEN size({column}) >= {n} THEN {runs} ELSE {none} END", 0


def _without_words(stage: StopWordsRemover, column: str, _size: int) -> tuple[str, int]:
    words, sensitive = stage.getStopWords(), stage.getCaseSensitive()
    if not words:
        return column, 0
    known = ", ".join(map(text_sql, words if sensitive else [word.lower() for word in words]))
    word = "t" if sensitive else "lower(t)"
    return f"filter({column}, t -> NOT array_contains(array({known}), {word}))", 0


def _waves(stage: DCT, column: str, size: int) -> tuple[str, int]:
    """Write the orthonormal cosine transform, whose inverse is its transpose."""
    places = np.arange(size)
    waves = np.cos(np.pi * np.outer(places, 2 * places + 1) / (2 * size))
    waves *= np.where(places == 0, math.sqrt(1.0 / size), math.sqrt(2.0 / size))[:, None]
    return matrix_sql(column, waves.T if stage.getInverse() else waves), size


def _products(stage: PolynomialExpansion, column: str, size: int) -> tuple[str, int]:
    """Write the products in MLlib's order."""
    places = list(_terms(size, stage.getDegree()))[1:]
    terms = [" * ".join(f"get({column}, {i})" for i in own) for own in places]
    return f"array({', '.join(terms)})", len(terms)


def _terms(size: int, degree: int) -> Iterator[tuple[int, ...]]:
    """Give the places that each product has, of the last one first."""
    if not size:
        yield ()
        return
    for power in range(degree + 1):
        for others in _terms(size - 1, degree - power):
            yield (*[size - 1] * power, *others)


STAGES: Mapping[type, Callable[[Any, str, int], tuple[str, int]]] = {
    DCT: _waves,
    NGram: _runs,
    PolynomialExpansion: _products,
    RegexTokenizer: _regex_tokens,
    StopWordsRemover: _without_words,
    Tokenizer: _tokens,
}
"""By class: ``write(stage, column, size)`` gives the text of what it makes of a column, and its
length if it is an array of numbers."""
