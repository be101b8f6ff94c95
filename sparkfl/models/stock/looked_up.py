"""Stages that look a value up among figures they have learnt, in stock SQL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from sparkfl.execution.literals import text_sql
from sparkfl.execution.numbers import Numbers, number_sql
from sparkfl.statistics.summary import Matrix

__all__ = ["encoded_sql", "mean_of_vectors_sql"]

_UNSEEN = 2**31 - 1
"""The category that MLlib calls all others."""


def encoded_sql(column: str, figures: Mapping[str, Any], smoothing: float) -> str:
    """Write the mean of the label in a category, of one that is new the mean of all.

    Parameters
    ----------
    column : str
        The category's number.
    figures : mapping of str to object
        What MLlib saves of a column: its `categories`, how many rows each has in `counts`, and in
        `stats` the mean of the label.
    smoothing : float
        How many rows the mean of all counts for in that of a category.
    """
    rows = zip(figures["categories"], figures["counts"], figures["stats"], strict=True)
    told = {category: (count, mean) for category, count, mean in rows}
    _, usual = told.pop(float(_UNSEEN))
    means = [(c * mean + smoothing * usual) / (c + smoothing) for c, mean in told.values()]
    known = Numbers(np.array([*told], np.float64)).sql
    found = (
        f"get({Numbers(np.array(means)).sql}, CAST(array_position({known}, {column}) - 1 AS INT))"
    )
    return f"coalesce({found}, {number_sql(usual)})"


def mean_of_vectors_sql(column: str, words: list[str], vectors: Matrix) -> str:
    """Write the mean of the vectors of tokens, where those of unknown ones are of zeros.

    Parameters
    ----------
    column : str
        The tokens.
    words : list of str
        Those that are known.
    vectors : numpy.ndarray, shape (words, d)
        A vector of each.
    """
    d = vectors.shape[1]
    nothing = f"array_repeat(0.0D, {d})"
    if not words:
        return nothing
    known = f"array({', '.join(map(text_sql, words))})"
    places = f"transform({column}, t -> CAST(array_position({known}, t) AS INT))"
    own = f"slice({Numbers(vectors.ravel()).sql}, (p - 1) * {d} + 1, {d})"
    added = f"CASE WHEN p > 0 THEN zip_with(s, {own}, (a, b) -> a + b) ELSE s END"
    whole = f"aggregate({places}, {nothing}, (s, p) -> {added})"
    share = f"CASE WHEN size({column}) = 0 THEN 0.0D ELSE 1.0D / size({column}) END"
    return f"zip_with({whole}, array_repeat({share}, {d}), (x, n) -> x * n)"
