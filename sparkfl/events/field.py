"""A field of an event: found by its path through structs, arrays and maps, and checked."""

from __future__ import annotations

from pyspark.sql.types import ArrayType, DataType, MapType, StringType, StructType

from sparkfl.errors import SchemaError

__all__ = ["field_type"]


def field_type(
    schema: StructType,
    path: str,
    expected: tuple[type[DataType], ...] = (DataType,),
    case_sensitive: bool = False,
) -> DataType:
    """Find the type of a nested field.

    Parameters
    ----------
    schema : pyspark.sql.types.StructType
        Schema of the events.
    path : str
        Names with dots between them; an array stands for its elements, and after a map of texts
        comes a key.
    expected : tuple of type
        Types it may have.
    case_sensitive : bool, default False
        Whether case matters in the names of fields.

    Raises
    ------
    SchemaError
        If there is no such field, with what is there, or it is of another type.

    Examples
    --------
    >>> from sparkfl.events.schema import XDM_EVENTS
    >>> field_type(XDM_EVENTS, "identityMap.ECID.id").simpleString()
    'string'
    """
    found: DataType = schema
    walked: list[str] = []
    for name in path.split("."):
        while isinstance(found, ArrayType):
            found = found.elementType
        if isinstance(found, MapType) and isinstance(found.keyType, StringType):
            found = found.valueType
        else:
            found = _child(found, name, path, walked, case_sensitive)
        walked.append(name)
    if not isinstance(found, expected):
        names = " or ".join(t.__name__.removesuffix("Type").lower() for t in expected)
        raise SchemaError(f"events have {path} as {found.simpleString()}; cast it to {names}.")
    return found


def _child(
    parent: DataType, name: str, path: str, walked: list[str], case_sensitive: bool
) -> DataType:
    """Type of a field of a struct; an error that says what is there if there is none."""
    fields = parent.fields if isinstance(parent, StructType) else []
    for field in fields:
        if field.name == name or (not case_sensitive and field.name.lower() == name.lower()):
            return field.dataType
    inside = ".".join(walked) or "the frame"
    has = ", ".join(f.name for f in fields) or f"type {parent.simpleString()}"
    raise SchemaError(
        f"events have no field {path}: {inside} has {has}. Give XDM events, or rename the field."
    )
