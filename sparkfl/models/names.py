"""Names inside a pipeline, which no column of a query has."""

from __future__ import annotations

from collections.abc import Iterable

from sparkfl.errors import SchemaError

__all__ = ["FEATURES", "INTERNAL", "LABEL", "ROW", "VALID", "WEIGHT", "check_names", "inner"]

INTERNAL = "__sparkfl_"
ROW, VALID = INTERNAL + "row", INTERNAL + "valid"
FEATURES, LABEL, WEIGHT = INTERNAL + "features", INTERNAL + "label", INTERNAL + "weight"


def inner(param: str) -> str:
    """Return the pipeline's name of an output, given the Param that names it."""
    return INTERNAL + param


def check_names(columns: Iterable[str]) -> None:
    """Refuse a query with columns of the pipeline's own names."""
    own = [name for name in columns if name.lower().startswith(INTERNAL)]
    if own:
        raise SchemaError(
            f"Column {own[0]!r} begins with {INTERNAL}, as columns inside a model do; give it "
            "another name in the query."
        )
