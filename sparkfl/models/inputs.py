"""The columns a model was trained on: their types, their valid values, and finding them again."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, BooleanType, DataType, NumericType, StructType

from sparkfl.errors import SchemaError

__all__ = ["InputColumn", "all_valid", "bind", "clean", "find", "kind_of", "source"]

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class InputColumn:
    """A column of the training query that a model reads.

    Attributes
    ----------
    path : str
        Its name; a field of a struct by its dotted path.
    column : str
        Its name inside the model's pipeline.
    type : str
        Spark SQL's name of its type.
    imputed : bool
        Whether the pipeline replaces NULL itself, so that NULL is valid.
    size : int
        Length, for a vector or an array; 0 for a number.
    """

    path: str
    column: str
    type: str
    imputed: bool = False
    size: int = 0

    @property
    def kind(self) -> str:
        """What may stand for it by position: a 'vector', a 'number', or its own type."""
        if self.size:
            return "vector"
        return self.type if self.type in ("string", "date") else "number"

    def value(self, source: Column) -> Column:
        """Return `source` as double, or as array of double."""
        if self.type == "vector":
            return vector_to_array(source)
        return source.cast("array<double>" if self.type.startswith("array") else "double")

    def valid(self, source: Column) -> Column:
        """Return whether the value can be scored: neither NULL, NaN nor infinite."""
        value = self.value(source)
        if self.type == "vector" or self.type.startswith("array"):
            whole = F.forall(value, lambda x: F.coalesce(_finite(x), F.lit(False)))
            right_size = F.size(value) == self.size if self.size else F.lit(True)
            return F.coalesce(whole & right_size, F.lit(False))
        return F.coalesce(_finite(value), F.lit(self.imputed))

    def clean(self, source: Column) -> Column:
        """Return the value for the pipeline, with zeros for what is not valid."""
        value = self.value(source)
        if self.type == "vector" or self.type.startswith("array"):
            zeros = F.array_repeat(F.lit(0.0), self.size)
            return array_to_vector(F.when(self.valid(source), value).otherwise(zeros))
        return F.when(self.valid(source), value).otherwise(F.lit(0.0))


def clean(df: DataFrame, inputs: Sequence[InputColumn], sources: Sequence[Column]) -> DataFrame:
    """Add a pipeline's input columns to a query.

    Vectors are told their size: MLlib would run the query to find it out.
    """
    pairs = list(zip(inputs, sources, strict=True))
    df = df.withColumns({i.column: i.clean(source) for i, source in pairs})
    for i in inputs:
        if i.size:
            df = df.withMetadata(i.column, {"ml_attr": {"num_attrs": i.size}})
    return df


def all_valid(inputs: Sequence[InputColumn], sources: Sequence[Column]) -> Column:
    """Return whether all inputs of a row are valid."""
    valid = F.lit(True)
    for i, source in zip(inputs, sources, strict=True):
        valid = valid & i.valid(source)
    return valid


def _finite(value: Column) -> Column:
    """Return whether a double is neither NaN nor infinite; NULL for NULL."""
    return ~F.isnan(value) & (F.abs(value) != float("inf"))


def kind_of(data_type: DataType) -> str | None:
    """Return 'number', 'vector' or None for what no transformer takes."""
    if isinstance(data_type, NumericType | BooleanType):
        return "number"
    if isinstance(data_type, VectorUDT):
        return "vector"
    if isinstance(data_type, ArrayType) and isinstance(data_type.elementType, NumericType):
        return "vector"
    return None


def find(schema: StructType, path: Sequence[str]) -> tuple[Column, DataType] | None:
    """Return the column of a dotted path and its type, ignoring case; None if there is none.

    Raises
    ------
    SchemaError
        If two columns have the name.
    """
    fields = [f for f in schema.fields if f.name.lower() == path[0].lower()]
    if len(fields) > 1:
        raise SchemaError(f"Column {path[0]} is in the query twice; give one of them another name.")
    if not fields:
        return None
    column, data_type = F.col(_quote(fields[0].name)), fields[0].dataType
    for part in path[1:]:
        inner = data_type.fields if isinstance(data_type, StructType) else []
        match = [f for f in inner if f.name.lower() == part.lower()]
        if len(match) != 1:
            return None
        column, data_type = column.getField(match[0].name), match[0].dataType
    return column, data_type


def source(df: DataFrame, path: str) -> Column:
    """Return a query's column by its dotted path, or by a name with dots in it.

    Raises
    ------
    SchemaError
        If there is none; it lists the columns there are.
    """
    found = _lookup(df.schema, path)
    if found is None:
        raise SchemaError(f"The query has no column {path}; it has {', '.join(df.columns)}.")
    return found[0]


def bind(df: DataFrame, expected: Sequence[InputColumn]) -> list[Column]:
    """Find a model's input columns in a query.

    Columns go by name. Where no name matches, but the number of columns and their kinds do, they
    go by position, with a warning.

    Returns
    -------
    list of pyspark.sql.Column
        One for each of `expected`.

    Raises
    ------
    SchemaError
        If they can be matched neither way; it lists what was expected and what is there.
    """
    by_name = [_lookup(df.schema, e.path) for e in expected]
    kinds = [e.kind for e in expected]
    if all(f is not None and _kind(f[1]) == k for f, k in zip(by_name, kinds, strict=True)):
        return [found[0] for found in by_name if found is not None]
    fields = df.schema.fields
    if not any(by_name) and [_kind(f.dataType) for f in fields] == kinds:
        _LOG.warning(
            "No column of the query has a name of the model's; matched by position: %s.",
            ", ".join(f"{f.name} as {e.path}" for f, e in zip(fields, expected, strict=True)),
        )
        return [F.col(_quote(f.name)) for f in fields]
    wanted = ", ".join(f"{e.path} {e.type}" for e in expected)
    got = ", ".join(f"{f.name} {f.dataType.simpleString()}" for f in fields)
    raise SchemaError(
        f"The query does not have the model's columns. Expected: {wanted}. Got: {got}. "
        "Select the expected names, or columns of the same types in the same order."
    )


def _lookup(schema: StructType, path: str) -> tuple[Column, DataType] | None:
    """Find a column by its dotted path, or by a name with dots in it."""
    return find(schema, path.split(".")) or find(schema, [path])


def _kind(data_type: DataType) -> str:
    """Return 'number', 'vector' or the type's name."""
    return kind_of(data_type) or data_type.simpleString()


def _quote(name: str) -> str:
    """Return a column name in back-ticks."""
    return "`" + name.replace("`", "``") + "`"
