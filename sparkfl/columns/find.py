"""Find a column of a query as Spark does, and fields of structs by their paths."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StructField, StructType

from sparkfl.columns.names import missing, quote
from sparkfl.errors import SchemaError

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["Found", "find", "resolve"]


@dataclass(frozen=True)
class Found:
    """A column that is there.

    Attributes
    ----------
    name : str
        Its name as the query spells it; a field of a struct by its dotted path.
    column : pyspark.sql.Column
        The column.
    type : pyspark.sql.types.DataType
        Its type.
    metadata : dict
        Its metadata, where MLlib keeps the names of a vector's elements.
    path : tuple of str
        Its name, and those of the fields below it, each whole.
    """

    name: str
    column: Column
    type: DataType
    metadata: dict[str, object]
    path: tuple[str, ...] = ()


def find(
    schema: StructType, name: str | Sequence[str], case_sensitive: bool = False
) -> Found | None:
    """Find a column by its name, or a field of a struct by its path.

    Parameters
    ----------
    schema : pyspark.sql.types.StructType
        Columns of the query.
    name : str or sequence of str
        A name, which may have dots in it or be a dotted path: a column of the whole name goes
        first. A sequence is a path, and nothing else.
    case_sensitive : bool, default False
        Whether case matters. Where it does not, a column spelled exactly so goes first.

    Returns
    -------
    Found or None
        None if there is no such column.

    Raises
    ------
    SchemaError
        If two columns have the name.

    Examples
    --------
    >>> schema = StructType.fromDDL("`a.b` int, rfm struct<Spend: double>")
    >>> find(schema, "a.b").name, find(schema, "RFM.spend").name, find(schema, "c")
    ('a.b', 'rfm.Spend', None)
    """
    if isinstance(name, str):
        whole = _path(schema, [name], case_sensitive)
        return whole or (_path(schema, name.split("."), case_sensitive) if "." in name else None)
    return _path(schema, name, case_sensitive)


def resolve(df: DataFrame, name: str | Sequence[str], what: str = "The input") -> Found:
    """Find a column of a frame, minding the session's ``spark.sql.caseSensitive``.

    Raises
    ------
    SchemaError
        If there is none, or there are two.
    """
    sensitive = str(df.sparkSession.conf.get("spark.sql.caseSensitive")).lower() == "true"
    found = find(df.schema, name, sensitive)
    if found is None:
        raise missing([name if isinstance(name, str) else ".".join(name)], df.columns, what)
    return found


def _path(schema: StructType, path: Sequence[str], case_sensitive: bool) -> Found | None:
    """Follow a path from a column into its structs."""
    field = _field(schema, path[0], case_sensitive)
    if field is None:
        return None
    column, names = F.col(quote(field.name)), [field.name]
    for part in path[1:]:
        inner = field.dataType
        field = _field(inner, part, case_sensitive) if isinstance(inner, StructType) else None
        if field is None:
            return None
        column, names = column.getField(field.name), [*names, field.name]
    metadata = dict(field.metadata or {})
    return Found(".".join(names), column, field.dataType, metadata, tuple(names))


def _field(schema: StructType, name: str, case_sensitive: bool) -> StructField | None:
    """Find one field: exactly, else in another case."""
    exact = [field for field in schema.fields if field.name == name]
    folded = [field for field in schema.fields if field.name.lower() == name.lower()]
    fields = exact if exact or case_sensitive else folded
    if len(fields) > 1:
        raise SchemaError(f"Column {name!r} is there twice; give one of them another name.")
    return fields[0] if fields else None
