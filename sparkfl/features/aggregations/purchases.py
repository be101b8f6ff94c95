"""Orders, returns and baskets. A negative quantity or amount is no order, but a return."""

from __future__ import annotations

import numpy as np

from sparkfl.features.aggregations.function import AggregateFunction
from sparkfl.features.aggregations.rows import Rows
from sparkfl.features.aggregations.windows import Floats, fold, over

__all__ = ["PURCHASES"]

_ORDERED = "CASE WHEN {of} > 0 THEN {of} END"
_RETURNED = "CASE WHEN {of} < 0 THEN {of} END"


def _basket_size(of: Rows, by: Rows) -> Floats:
    return over(of.total, _baskets(of, by))


def _basket_variety(of: Rows, by: Rows) -> Floats:
    """Pairs of a basket and a thing in it, over baskets."""
    order = np.lexsort((of.values, by.values, of.owner))
    new = _changes(of.owner[order], by.values[order], of.values[order])
    return over(fold(np.add, new, of.size, 0.0), _baskets(of, by))


def _baskets(of: Rows, by: Rows) -> Floats:
    """Count the baskets."""
    return fold(np.add, _changes(of.owner, by.ordered), of.size, 0.0)


def _changes(*sorted_: np.ndarray) -> np.ndarray:
    """Tell where any of some arrays has another value than before."""
    new = np.ones(len(sorted_[0]), bool)
    new[1:] = np.any([own[1:] != own[:-1] for own in sorted_], axis=0)
    return new


PURCHASES = {
    "orders": AggregateFunction(
        lambda x: x.n, "Number of values above 0.",
        slots=(_ORDERED,), states=("n",), returns="bigint",
    ),
    "order_value": AggregateFunction(
        lambda x: x.mean, "Mean of the values above 0.", slots=(_ORDERED,), states=("n", "mean")
    ),
    "returns": AggregateFunction(
        lambda x: x.n, "Number of values below 0: returns and cancellations.",
        slots=(_RETURNED,), states=("n",), returns="bigint",
    ),
    "return_rate": AggregateFunction(
        lambda ordered, returned: over(returned.n, ordered.n),
        "Returns over orders, by number; NULL without orders.",
        slots=(_ORDERED, _RETURNED), states=("n",),
    ),
    "returned_share": AggregateFunction(
        lambda ordered, returned: over(-np.nan_to_num(returned.total), ordered.total),
        "Returns over orders, by sum; NULL without orders.",
        slots=(_ORDERED, _RETURNED), states=("n", "mean"),
    ),
    "basket_size": AggregateFunction(
        _basket_size, "Mean sum of a basket; `by` names the basket.",
        slots=("{of}", "{by}"), categories=("{by}",), together=True,
    ),
    "basket_variety": AggregateFunction(
        _basket_variety, "Mean number of different things in a basket; `by` names the basket.",
        slots=("{of}", "{by}"), categories=("{of}", "{by}"), together=True,
    ),
}  # fmt: skip
"""Aggregations of purchases."""
