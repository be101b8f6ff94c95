"""MLflow signatures that let pass whatever the model handles."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sparkfl.registry.registrable import Field, KnownOutputs, Registrable

if TYPE_CHECKING:
    from mlflow.models import ModelSignature
    from mlflow.types.schema import Schema

__all__ = ["signature"]

_OUTPUTS = {
    "boolean": "boolean",
    "tinyint": "integer",
    "smallint": "integer",
    "int": "integer",
    "bigint": "long",
    "float": "float",
    "double": "double",
    "string": "string",
}


def signature(model: Registrable) -> ModelSignature:
    """Sign with the names of the input columns, and with the output columns where they are known.

    Input columns other than strings are of MLflow's type Any. MLflow would refuse 64 bit integers
    for double and for integer, NULL and NaN for integer, and would make other values of dates,
    booleans and decimals, all of which the model takes as they are. What a column was in training
    is in the version's tag ``sparkfl.fields``.
    """
    from mlflow.models import ModelSignature

    outputs = model.outputFields() if isinstance(model, KnownOutputs) else None
    return ModelSignature(
        inputs=_inputs(model.inputFields()),
        outputs=_outputs(outputs) if outputs else None,
    )


def _inputs(fields: Iterable[Field]) -> Schema:
    """Sign the input columns; a field of a struct may come as its struct, or by its path."""
    from mlflow.types.schema import AnyType, ColSpec, DataType, Schema

    anything = AnyType()  # type: ignore[no-untyped-call]
    columns: dict[str, Field] = {}
    for field in fields:
        whole = "." not in field.name
        columns[field.name] = field if whole else field._replace(required=False)
        if not whole:
            struct = field.name.partition(".")[0]
            columns.setdefault(struct, Field(struct, "struct", required=False))
    return Schema(
        [
            ColSpec(DataType.string if f.type == "string" else anything, f.name, f.required)
            for f in columns.values()
        ]
    )


def _outputs(fields: Iterable[Field]) -> Schema:
    """Sign the output columns."""
    from mlflow.types.schema import AnyType, ColSpec, Schema

    anything = AnyType()  # type: ignore[no-untyped-call]
    return Schema([ColSpec(_OUTPUTS.get(f.type, anything), f.name) for f in fields])
