"""The columns of a query that are explored, and its rows as arrays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import functions as sf
from pyspark.sql.types import BooleanType, DataType, StructType

from sparkfl.columns import Found, double_sql, kind_of, path_sql

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = [
    "Explored",
    "as_number",
    "beside",
    "columns_of",
    "is_numeric",
    "laid_out",
    "listed",
    "matrix",
]

KINDS = ("number", "date", "category", "other")


@dataclass(frozen=True)
class Explored:
    """A column, or a field of a struct.

    Attributes
    ----------
    place : int
        Its number.
    found : Found
        The column.
    section : str
        What its distribution is called: ``target``, ``clusters``, ``predictions`` or ``features``.
    """

    place: int
    found: Found
    section: str

    @property
    def kind(self) -> str:
        """What is told of it: of a number, a date, a category, or of another only what is NULL."""
        known = {"number": "number", "boolean": "category", "date": "date", "string": "category"}
        if self.section == "clusters" and kind_of(self.found.type) == "number":
            return "category"
        return known.get(kind_of(self.found.type) or "", "other")

    @property
    def type(self) -> str:
        """Its type in SQL."""
        return self.found.type.simpleString()


def as_number(found: Found) -> str:
    """Write a number, a boolean or a date, in seconds, as a double."""
    return double_sql(path_sql(found.path), found.type)


def columns_of(schema: StructType, roles: dict[str, str], left: Sequence[str]) -> list[Explored]:
    """Return the columns of a query, fields of structs one by one.

    Parameters
    ----------
    schema : pyspark.sql.types.StructType
        Of the query.
    roles : dict of str to str
        Sections of columns that are no features, by name.
    left : sequence of str
        Columns that only say what a row belongs to.

    Examples
    --------
    >>> schema = spark.sql("SELECT 1 AS a, named_struct('b', 'x', 'c', array(1)) AS s").schema
    >>> [(each.found.name, each.kind) for each in columns_of(schema, {}, [])]
    [('a', 'number'), ('s.b', 'category'), ('s.c', 'other')]
    """
    leaves = [
        leaf
        for field in schema.fields
        if field.name not in left
        for leaf in _leaves(field.name, field.dataType, (field.name,))
    ]
    return [
        Explored(place, leaf, roles.get(leaf.name, "features")) for place, leaf in enumerate(leaves)
    ]


def beside(rows: DataFrame, columns: DataFrame, how: str = "inner") -> DataFrame:
    """Join what there is a row a column of, which every worker gets, by `place`."""
    return rows.join(sf.broadcast(columns), "place", how)


def listed(df: DataFrame, columns: Sequence[Explored]) -> DataFrame:
    """Return a row a column: `place`, `section`, `feature`, `kind` and `type`."""
    rows = [(c.place, c.section, c.found.name, c.kind, c.type) for c in columns]
    schema = "place int, section string, feature string, kind string, type string"
    return df.sparkSession.createDataFrame(rows, schema)


def laid_out(df: DataFrame, columns: Sequence[Explored], y: Column, test: Column) -> DataFrame:
    """Return each row as arrays, so that what Spark plans does not grow with the columns.

    Numbers and dates are in `x`, NULL where they are missing; categories in `texts`, and their
    hashes in `hashes`; whether others are missing in `missing`; beside them `y` and `test`.
    """
    paths = {kind: [path_sql(c.found.path) for c in columns if c.kind == kind] for kind in KINDS}
    numbers = [
        f"nanvl({as_number(c.found)}, CAST(NULL AS DOUBLE))"
        for c in columns
        if c.kind in ("number", "date")
    ]
    texts = [f"CAST({path} AS STRING)" for path in paths["category"]]
    hashes = [
        f"IF({path} IS NULL, NULL, xxhash64({text}))"
        for path, text in zip(paths["category"], texts, strict=True)
    ]
    arrays = {
        "x": (numbers, "DOUBLE"),
        "texts": (texts, "STRING"),
        "hashes": (hashes, "BIGINT"),
        "missing": ([f"{path} IS NULL" for path in paths["other"]], "BOOLEAN"),
    }
    return df.select(
        *(
            sf.expr(f"CAST(array({', '.join(each)}) AS ARRAY<{type_}>)").alias(name)
            for name, (each, type_) in arrays.items()
        ),
        y.cast("double").alias("y"),
        test.cast("double").alias("test"),
    )


def matrix(column: pa.Array, width: int) -> npt.NDArray[np.float64]:
    """Read a column of arrays of doubles, shape (width, rows); NaN for a NULL."""
    values = column.flatten().to_numpy(zero_copy_only=False)
    return np.ascontiguousarray(values.reshape(len(column), width).T)


def _leaves(name: str, type_: DataType, path: tuple[str, ...]) -> list[Found]:
    if isinstance(type_, StructType):
        return [
            leaf
            for field in type_.fields
            for leaf in _leaves(f"{name}.{field.name}", field.dataType, (*path, field.name))
        ]
    return [Found(name, type_, {}, path)]


def is_numeric(found: Found) -> bool:
    """Tell whether a correlation with it means anything."""
    return kind_of(found.type) in ("number", "date") or isinstance(found.type, BooleanType)
