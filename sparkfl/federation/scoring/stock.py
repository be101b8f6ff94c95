"""A federation's prediction as a function that every Spark knows: `portable`, with parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sparkfl.columns import INTERNAL, quote
from sparkfl.execution.let import let
from sparkfl.execution.literals import text_sql
from sparkfl.execution.stock_function import FIGURES, StockFunction, parameter_names
from sparkfl.federation.inputs import STORE
from sparkfl.federation.scoring.lookup import KEY, bucketed, found_sql, key_sql, table_type
from sparkfl.federation.scoring.parameters import Parameters, store_arrays
from sparkfl.federation.scoring.portable import FEATURES, texts

if TYPE_CHECKING:
    from sparkfl.federation.data import FederationData
    from sparkfl.federation.inputs import Inputs

__all__ = ["stock_function"]

_RAW = f"{INTERNAL}raw"
_STORES = {"string": "STRING", "date": "DATE"}


def stock_function(data: FederationData) -> StockFunction:
    """Return the function of the store and the features that gives what `score` adds, in a struct.

    Parameters
    ----------
    data : FederationData
        The federation; the models of its stores are the figures.
    """
    inputs, arrays = data.inputs, store_arrays(data)
    type_ = inputs.store_type
    stores = data.tables["local_models"][STORE].combine_chunks()
    names = parameter_names([inputs.store_col, *(column.name for column in inputs.columns)])
    types = ["ARRAY<DOUBLE>" if column.size else "DOUBLE" for column in inputs.columns]
    values = {
        KEY: key_sql(quote(names[0]), type_),
        **_features(inputs, names[1:]),
        **found_sql(FIGURES, type_, len(stores), arrays),
        **texts(Parameters.of_data(data), data),
    }
    outputs = data.outputs.fields
    told = ", ".join(f"{text_sql(field.name)}, {field.name}" for field in outputs)
    returns = ", ".join(f"{field.name}: {field.dataType.simpleString()}" for field in outputs)
    return StockFunction(
        tuple(zip(names, [_STORES.get(type_, "BIGINT"), *types], strict=True)),
        f"STRUCT<{returns}>",
        let(values, f"named_struct({told})"),
        bucketed(stores, arrays),
        table_type(type_, arrays),
    )


def _features(inputs: Inputs, names: Sequence[str]) -> dict[str, str]:
    """Write the array of the features; NULL in the place of those of an array of another length."""
    parts: list[str] = []
    numbers: list[str] = []
    for column, name in zip(inputs.columns, map(quote, names), strict=True):
        if not column.size:
            numbers.append(name)
            continue
        parts += [f"array({', '.join(numbers)})"] if numbers else []
        nothing = f"array_repeat(CAST(NULL AS DOUBLE), {column.size})"
        parts.append(f"CASE WHEN size({name}) = {column.size} THEN {name} ELSE {nothing} END")
        numbers = []
    parts += [f"array({', '.join(numbers)})"] if numbers else []
    raw = parts[0] if len(parts) == 1 else f"concat({', '.join(parts)})"
    places = [str(i) for i, name in enumerate(inputs.features) if name in inputs.log1p_cols]
    if not places:
        return {FEATURES: raw}
    logarithm = f"CASE WHEN i IN ({', '.join(places)}) THEN signum(x) * log1p(abs(x)) ELSE x END"
    return {_RAW: raw, FEATURES: f"transform({_RAW}, (x, i) -> {logarithm})"}
