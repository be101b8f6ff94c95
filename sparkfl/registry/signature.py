"""MLflow signatures from Spark SQL column types."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkfl.registry.registrable import KnownOutputs, Registrable

if TYPE_CHECKING:
    from mlflow.models import ModelSignature
    from mlflow.types.schema import Schema

__all__ = ["signature"]

_NAMES = {
    "boolean": "boolean",
    "tinyint": "integer",
    "smallint": "integer",
    "int": "integer",
    "bigint": "long",
    "float": "float",
    "double": "double",
    "decimal": "double",
    "string": "string",
    "varchar": "string",
    "char": "string",
    "binary": "binary",
    "date": "datetime",
    "timestamp": "datetime",
    "timestamp_ntz": "datetime",
}


def signature(model: Registrable) -> ModelSignature:
    """Sign with the model's input columns, and its output columns where they are known."""
    from mlflow.models import ModelSignature

    outputs = _schema(model.outputFields()) if isinstance(model, KnownOutputs) else None
    return ModelSignature(inputs=_schema(model.inputFields()), outputs=outputs)


def _schema(fields: list[tuple[str, str]]) -> Schema:
    """Translate the columns; MLflow has no vectors, structs go unchecked as well."""
    from mlflow.types.schema import AnyType, Array, ColSpec, DataType, Schema

    def translate(kind: str) -> DataType | Array | AnyType:
        kind = kind.strip().lower()
        if kind.startswith("array<"):
            element = translate(kind.removeprefix("array<").removesuffix(">"))
            return element if isinstance(element, AnyType) else Array(element)
        name = _NAMES.get(kind.partition("(")[0])
        return DataType[name] if name else AnyType()  # type: ignore[no-untyped-call]

    return Schema([ColSpec(translate(kind), name) for name, kind in fields])
