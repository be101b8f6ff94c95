"""Names inside a pipeline, which no column of a query has."""

from __future__ import annotations

from sparkfl.columns import INTERNAL

__all__ = [
    "COMPONENTS",
    "FEATURES",
    "GROUP",
    "LABEL",
    "QUERY",
    "ROW",
    "SCALED",
    "VALID",
    "WEIGHT",
    "inner",
    "item_column",
]

GROUP = INTERNAL + "group"
ROW, VALID = INTERNAL + "row", INTERNAL + "valid"
SCALED, COMPONENTS = INTERNAL + "scaled", INTERNAL + "components"
QUERY = INTERNAL + "query"
FEATURES, LABEL, WEIGHT = INTERNAL + "features", INTERNAL + "label", INTERNAL + "weight"


def inner(param: str) -> str:
    """Return the pipeline's name of an output, given the Param that names it."""
    return INTERNAL + param


def item_column(place: int) -> str:
    """Return the pipeline's name of what TRANSFORM's item in this place makes."""
    return f"{INTERNAL}item_{place}"
