"""The terms of the anomaly score as SQL text; the twin of `AnomalyRule.score`."""

from __future__ import annotations

from collections.abc import Sequence

from sparkfl.federation.scoring.working import number_sql
from sparkfl.statistics.anomaly import FACTOR_CAP, FACTORS

__all__ = ["distance_sql", "factor_sql", "logarithm_sql", "of_distance_sql"]


def factor_sql(x: str, centre: float, precision: float) -> str:
    """Write what a feature multiplies to the distance from a centre: 1 + (x - m)^2 / S, capped.

    Examples
    --------
    >>> factor_sql("z", 2.0, 0.5)
    'least(1.0D + (z - (2.0D)) * (z - (2.0D)) * (0.5D), 1e+38D)'
    """
    if precision == 0:
        return "1.0D"
    difference = f"({x} - {number_sql(centre)})"
    return f"least(1.0D + {difference} * {difference} * {number_sql(precision)}, {FACTOR_CAP!r}D)"


def logarithm_sql(factors: Sequence[str]) -> str:
    """Write the logarithm of a product, in groups that do not overflow.

    Examples
    --------
    >>> logarithm_sql(["a", "b"])
    '(ln(a * b))'
    """
    groups = [factors[i : i + FACTORS] for i in range(0, len(factors), FACTORS)]
    logarithms = ["ln(" + " * ".join(group) + ")" for group in groups]
    return f"({' + '.join(logarithms)})"


def distance_sql(factors: Sequence[str]) -> str:
    """Write what orders as the distance does: the product where it cannot overflow."""
    return " * ".join(factors) if len(factors) <= FACTORS else logarithm_sql(factors)


def of_distance_sql(distance: str, features: int) -> str:
    """Write the distance, given what `distance_sql` wrote."""
    return f"ln({distance})" if features <= FACTORS else distance
