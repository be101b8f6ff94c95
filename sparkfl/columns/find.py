"""Find a column of a query as Spark does, and fields of structs by their paths."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StructField, StructType

from sparkfl.columns.names import class_name, missing, quote
from sparkfl.errors import ParameterError, SchemaError

__all__ = ["Found", "case_sensitive", "find", "resolve", "resolve_all"]


@dataclass(frozen=True)
class Found:
    """A column that is there.

    Attributes
    ----------
    name : str
        Its name as the query spells it; a field of a struct by its dotted path.
    type : pyspark.sql.types.DataType
        Its type.
    metadata : dict
        Its metadata, where MLlib keeps the names of a vector's elements.
    path : tuple of str
        Its name, and those of the fields below it, each whole.
    """

    name: str
    type: DataType
    metadata: dict[str, object]
    path: tuple[str, ...]

    @cached_property
    def column(self) -> Column:
        """The column."""
        column = F.col(quote(self.path[0]))
        for part in self.path[1:]:
            column = column.getField(part)
        return column


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
        Whether case matters. Where it does not, Spark reads neither of two that differ by it only.

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
    return resolve_all(df, [name], what)[0]


def resolve_all(
    df: DataFrame, names: Iterable[str | Sequence[str]], what: str = "The input"
) -> list[Found]:
    """Find several columns, minding the session's ``spark.sql.caseSensitive``.

    Raises
    ------
    ParameterError
        If `df` is no Spark DataFrame.
    SchemaError
        If any is missing, all of them in one message, or is there twice.

    Examples
    --------
    >>> [found.name for found in resolve_all(spark.range(1).toDF("Id"), ["ID"])]
    ['Id']
    """
    if not isinstance(df, DataFrame):
        raise ParameterError(
            f"{what} is a {class_name(df)}; give a Spark DataFrame, as of spark.createDataFrame(…)."
        )
    sensitive = case_sensitive(df)
    schema = df.schema
    columns = [(name, find(schema, name, sensitive)) for name in names]
    absent = [name if isinstance(name, str) else ".".join(name) for name, c in columns if c is None]
    if absent:
        raise missing(absent, df.columns, what)
    return [column for _, column in columns if column]


def case_sensitive(df: DataFrame) -> bool:
    """Tell whether the session of a frame minds the case of names."""
    return str(df.sparkSession.conf.get("spark.sql.caseSensitive")).lower() == "true"


def _path(schema: StructType, path: Sequence[str], case_sensitive: bool) -> Found | None:
    """Follow a path from a column into its structs."""
    field = _field(schema, path[0], case_sensitive)
    if field is None:
        return None
    names = [field.name]
    for part in path[1:]:
        inner = field.dataType
        field = _field(inner, part, case_sensitive) if isinstance(inner, StructType) else None
        if field is None:
            return None
        names.append(field.name)
    return Found(".".join(names), field.dataType, dict(field.metadata or {}), tuple(names))


def _field(schema: StructType, name: str, case_sensitive: bool) -> StructField | None:
    """Find one field."""
    exact = [field for field in schema.fields if field.name == name]
    folded = [field for field in schema.fields if field.name.lower() == name.lower()]
    fields = exact if case_sensitive else folded
    if len(fields) > 1:
        raise SchemaError(f"Column {name!r} is there twice; give one of them another name.")
    return fields[0] if fields else None
