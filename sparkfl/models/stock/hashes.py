"""Hashes of texts and of vectors in stock SQL, as MLlib has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from pyspark.ml.feature import BucketedRandomProjectionLSHModel, MinHashLSHModel
from sklearn.utils import murmurhash3_32

from sparkfl.execution.literals import text_sql
from sparkfl.execution.numbers import Numbers, number_sql
from sparkfl.models.stock.texts import matrix_sql

__all__ = ["NEAR", "counted_sql", "hashed_sql", "murmur_sql"]

_SEED = 42
_FIRST, _SECOND = 0xCC9E2D51, 0x1B873593
_MASK = "4294967295L"
_PRIME = 2038074743
"""Of MLlib's MinHash."""


def murmur_sql(text: str) -> str:
    """Write MurmurHash3 of a text's UTF-8, 32 bits with a sign, by the seed that MLlib takes.

    Spark's own `hash` mixes the bytes that are left over in another way.

    Parameters
    ----------
    text : str
        An expression, which may be the variable of a lambda; no lambda in what is written has a
        variable of another's.

    References
    ----------
    Austin Appleby, MurmurHash3_x86_32, https://github.com/aappleby/smhasher.
    """
    digits = f"hex({text})"
    whole = f"regexp_extract_all({digits}, '.{{8}}', 0)"
    # Zeros change nothing where no byte is left over.
    rest = f"rpad(substr({digits}, (length({digits}) DIV 8) * 8 + 1), 8, '0')"
    mixed = f"aggregate({_scrambled(whole)}, {_SEED}L, (h, k) -> {_mixed('h', 'k')})"
    length = f"CAST(length({digits}) DIV 2 AS BIGINT)"
    found = f"(({mixed} ^ get({_scrambled(f'array({rest})')}, 0)) ^ {length})"
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35), (16, 1)):
        found = _of(found, f"(x ^ shiftrightunsigned(x, {shift}))")
        found = _of(found, _times("x", factor)) if factor > 1 else found
    return _of(found, "x - CASE WHEN x >= 2147483648L THEN 4294967296L ELSE 0L END")


def counted_sql(tokens: str, size: int, binary: bool) -> str:
    """Write how often each place is that of a token, by its hash.

    Parameters
    ----------
    tokens : str
        An array of texts.
    size : int
        How many places there are.
    binary : bool
        Whether once is as often as any.
    """
    places = f"transform({tokens}, t -> {_place('t', size)})"
    count = "CAST(size(h) - size(array_remove(h, j)) AS DOUBLE)"
    found = "CAST(array_contains(h, j) AS DOUBLE)" if binary else count
    return f"zip_with({_each(size)}, array_repeat({places}, {size}), (j, h) -> {found})"


def hashed_sql(columns: Sequence[tuple[str, str, bool]], size: int) -> str:
    """Write a vector of columns, each at the place of its hash.

    Parameters
    ----------
    columns : sequence of (str, str, bool)
        The name by which it is hashed, its text, and whether it is a category: then 1 is at the
        place of the name with the value.
    size : int
        How many places there are.
    """
    fields, terms = [], []
    for n, (name, value, is_category) in enumerate(columns):
        place = str(murmurhash3_32(name, _SEED) % size)
        if is_category:
            place, value = _place(f"concat({text_sql(f'{name}=')}, {value})", size), "1.0D"
        fields.append(f"'p{n}', {place}, 'v{n}', {value}")
        terms.append(f"CASE WHEN h.p{n} = j THEN h.v{n} ELSE 0.0D END")
    given = f"array_repeat(named_struct({', '.join(fields)}), {size})"
    return f"zip_with({_each(size)}, {given}, (j, h) -> {' + '.join(terms)})"


def _buckets(stage: Any, column: str, _size: int, figures: Mapping[str, Any]) -> tuple[str, int]:
    """Write in which interval of each direction a vector is."""
    rows = _matrix(figures["randUnitVectors"])
    width = number_sql(1.0 / stage.getBucketLength())
    places = f"transform({matrix_sql(column, rows)}, x -> CAST(floor({width} * x) AS DOUBLE))"
    return places, len(rows)


def _least(_stage: Any, column: str, size: int, figures: Mapping[str, Any]) -> tuple[str, int]:
    """Write the least of each permutation's numbers of the elements that are not 0."""
    pairs = np.array(figures["randCoefficients"], object).reshape(-1, 2)
    found = []
    for factor, term in pairs:
        hashes = [((1 + place) * int(factor) + int(term)) % _PRIME for place in range(size)]
        own = Numbers(np.array(hashes, np.float64)).sql
        found.append(f"array_min(zip_with({column}, {own}, (x, h) -> CASE WHEN x <> 0 THEN h END))")
    return f"array({', '.join(found)})", len(found)


NEAR: Mapping[type, Callable[[Any, str, int, Mapping[str, Any]], tuple[str, int]]] = {
    BucketedRandomProjectionLSHModel: _buckets,
    MinHashLSHModel: _least,
}
"""By class: ``write(stage, column, size, figures)`` gives the text of a vector's hashes, and how
many there are; the figures are what MLlib saves."""


def _matrix(value: Mapping[str, Any]) -> Any:
    """Return a dense matrix as MLlib saves it."""
    shape, values = (value["numRows"], value["numCols"]), np.array(value["values"])
    return values.reshape(shape, order="C" if value["isTransposed"] else "F")


def _each(size: int) -> str:
    return f"sequence(0, {size - 1})"


def _place(text: str, size: int) -> str:
    return f"CAST(pmod({murmur_sql(text)}, {size}L) AS INT)"


def _of(value: str, result: str) -> str:
    """Write a result of a value, called x."""
    return f"aggregate(array(), {value}, (a, i) -> a, x -> {result})"


def _times(x: str, factor: int) -> str:
    """Write a product modulo 2 to the 32nd, in whose steps no number has more than 63 bits."""
    low, high = factor & 0xFFFF, factor >> 16
    return f"(({x} * {low}L + shiftleft(({x} * {high}L) & 65535L, 16)) & {_MASK})"


def _turned(x: str, bits: int) -> str:
    return f"((shiftleft({x}, {bits}) | shiftrightunsigned({x}, {32 - bits})) & {_MASK})"


def _mixed(h: str, k: str) -> str:
    return f"(({_turned(f'({h} ^ {k})', 13)} * 5L + 3864292196L) & {_MASK})"


def _scrambled(words: str) -> str:
    """Write what is mixed of words of eight digits, whose first byte is the lowest."""
    parts = ", ".join(f"substr(k, {start}, 2)" for start in (7, 5, 3, 1))
    steps = (
        f"CAST(conv(concat({parts}), 16, 10) AS BIGINT)",
        _times("k", _FIRST),
        _turned("k", 15),
        _times("k", _SECOND),
    )
    for step in steps:
        words = f"transform({words}, k -> {step})"
    return words
