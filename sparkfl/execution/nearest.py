"""The nearest centre in SQL."""

from __future__ import annotations

from sparkfl.columns import INTERNAL
from sparkfl.execution.numbers import Numbers, mapped, summed

__all__ = ["nearest_sql"]


def nearest_sql(
    name: str, features: str, centres: Numbers, d: int, others: int, known: str = "true"
) -> dict[str, str]:
    """Write the number of the nearest centre, and what it is computed from: `nearest`.

    Parameters
    ----------
    name : str
        What the number is called.
    features : str
        Name of an array of d doubles.
    centres : Numbers
        What `Discriminants.flat` gives.
    d : int
        Number of features.
    others : int
        Number of centres but one.
    known : str, default 'true'
        Text of whether there is a nearest one; NULL if not.

    Returns
    -------
    dict of str to str
        Texts by name; each may refer to those before it.

    Examples
    --------
    >>> import numpy as np
    >>> nearest_sql("cluster", "x", Numbers(np.array([0.0])), 1, 0)
    {'cluster': 'CASE WHEN true THEN 0 END'}
    """
    if not others:
        return {name: f"CASE WHEN {known} THEN 0 END"}
    away, scores = f"{INTERNAL}{name}_away", f"{INTERNAL}{name}_scores"
    texts = []
    for other in range(others):
        way = centres.part(d + other * (d + 1), d + 1)
        total = summed(d, lambda i, way=way: f"get({away}, {i}) * {way.at(i)}")  # type: ignore[misc]
        # Of numbers that overflow.
        texts.append(f"nanvl({total} - {way.at(d)}, double('-inf'))")
    most = f"array_max({scores})"
    return {
        away: mapped(d, lambda i: f"get({features}, {i}) - {centres.at(i)}"),
        scores: f"array({', '.join(texts)})",
        name: f"CASE WHEN NOT ({known}) THEN NULL WHEN {most} <= 0.0D THEN 0 "
        f"ELSE int(array_position({scores}, {most})) END",
    }
