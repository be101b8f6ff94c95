"""The inputs of a training, found in its rows and checked before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F

from sparkfl.columns import (
    Found,
    array_of_doubles,
    check_names,
    check_taken,
    is_number,
    is_vector,
    resolve,
)
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.federation.inputs import FeatureColumn, Inputs
from sparkfl.federation.schemas import PREDICTION, STORE_TYPES

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["training_inputs"]


def training_inputs(
    df: DataFrame,
    store_col: str,
    input_cols: Sequence[str] | None,
    features_col: str | None,
    log1p_cols: Sequence[str],
) -> Inputs:
    """Find the columns of a training, under the names that its rows give them.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows of all stores.
    store_col : str
        Column that names the store.
    input_cols : sequence of str or None
        Feature columns: numbers, vectors and arrays of them. One row is read for the length of
        each vector or array.
    features_col : str or None
        Vector or array column of features, in place of `input_cols`.
    log1p_cols : sequence of str
        Features to take the logarithm of.

    Raises
    ------
    ParameterError
        If a column is named twice, or `log1p_cols` has one that is no feature.
    SchemaError
        If a column is missing, of the wrong type, or has the name of an output.
    """
    store = resolve(df, store_col)
    type_ = store.type.simpleString()
    if type_ not in STORE_TYPES:
        raise SchemaError(
            f"Column {store_col!r} is {type_}; a store column must be one of "
            f"{', '.join(STORE_TYPES)}. Cast it."
        )
    found = [resolve(df, name) for name in input_cols or [str(features_col)]]
    columns_read = [each.path[0] for each in (store, *found)]
    check_names(columns_read)
    check_taken(columns_read, PREDICTION.names)
    if features_col is not None:
        array_of_doubles(found[0])
    features: list[str] = []
    columns: list[FeatureColumn] = []
    for each in found:
        elements = _elements(df, each) if is_vector(each.type) else ()
        columns.append(FeatureColumn(each.path, each.type.simpleString(), len(elements)))
        features += elements or [_number(each)]
    _check_distinct(store.name, features)
    log1p = tuple(dict.fromkeys(_feature(name, features) for name in log1p_cols))
    return Inputs(store.name, type_, tuple(columns), tuple(features), log1p)


def _number(found: Found) -> str:
    """Return the name of a numeric column."""
    if not is_number(found.type):
        raise SchemaError(
            f"Column {found.name!r} is {found.type.simpleString()}; features must be numbers, or "
            "vectors or arrays of them. Cast it, or leave it out; of a file's column that is text "
            "one value is no number."
        )
    return found.name


def _elements(df: DataFrame, found: Found) -> tuple[str, ...]:
    """Name the elements of a vector or array column; reads one row for their number."""
    array = array_of_doubles(found)
    attributes: Any = found.metadata.get("ml_attr", {})
    groups = attributes.get("attrs", {}).values()
    named = {a["idx"]: a["name"] for group in groups for a in group if "name" in a}
    row = df.select(F.size(array)).where(array.isNotNull()).first()
    if row is None or not row[0]:
        what = "NULL in every row" if row is None else "an empty array"
        raise SchemaError(f"Column {found.name!r} is {what}. Give rows with features.")
    return tuple(named.get(i, f"{found.name}[{i}]") for i in range(row[0]))


def _check_distinct(store: str, features: Sequence[str]) -> None:
    """Refuse columns that are named twice."""
    if not features:
        raise ParameterError("There is no feature to cluster by. Name at least one.")
    twice = [name for i, name in enumerate(features) if name in (store, *features[:i])]
    if twice:
        raise ParameterError(
            f"Column {twice[0]!r} is named twice among the features and the store column. "
            "Leave one out."
        )


def _feature(name: str, features: Sequence[str]) -> str:
    """Find a feature by its name, in another case if it must be."""
    matches = [f for f in features if f == name] or [
        f for f in features if f.lower() == name.lower()
    ]
    if len(matches) != 1:
        raise ParameterError(
            f"log1pCols has {name!r}, which is not a feature; the features are {list(features)}."
        )
    return matches[0]
