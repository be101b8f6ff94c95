"""What is done to each element of a vector by figures of the training rows, of all or by group."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

import numpy as np
from pyspark.ml import Estimator, Transformer
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.param import Param, Params, TypeConverters
from pyspark.ml.param.shared import HasInputCol, HasOutputCol
from pyspark.ml.util import DefaultParamsReadable, DefaultParamsWritable
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import quote
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.execution.literals import text_sql
from sparkfl.execution.numbers import Numbers
from sparkfl.transforms.row_filter import RowFilter

__all__ = ["MOST_GROUPS", "Elementwise", "ElementwiseEstimator"]

MOST_GROUPS = 10_000
"""Each row looks its group up among all of them."""

_OUTSIDE = (
    "zip_with(zip_with({x}, {a}, (x, a) -> x < a), zip_with({x}, {b}, (x, b) -> x > b), "
    "(p, q) -> CAST(p OR q AS DOUBLE))"
)
_OPERATIONS: Mapping[str, str] = {
    "clip": "zip_with(zip_with({x}, {a}, (x, a) -> greatest(x, a)), {b}, (x, b) -> least(x, b))",
    "drop": "{x}",
    "flag": _OUTSIDE,
    "impute": "zip_with({x}, {a}, (x, a) -> CASE WHEN isnan(x) THEN a ELSE x END)",
    "scale": "zip_with(zip_with({x}, {a}, (x, a) -> x - a), {b}, (x, b) -> x * b)",
}
"""The array that an operation makes of array x with two figures of each element, a and b."""


def _param(name: str, doc: str, converter: Any) -> Param[Any]:
    return Param(Params._dummy(), name, doc, typeConverter=converter)


class _Grouped(Params):
    """The column of groups, if there is one."""

    groupCol = _param("groupCol", "column of the groups, texts", TypeConverters.toString)

    def getGroupCol(self) -> str:
        """Return the column of groups, '' if there is none."""
        return str(self.getOrDefault("groupCol")) if self.isDefined("groupCol") else ""


class Elementwise(
    Transformer,
    _Grouped,
    HasInputCol,
    HasOutputCol,
    RowFilter,
    DefaultParamsReadable["Elementwise"],
    DefaultParamsWritable,
):
    """Clips, flags, imputes or scales each element of a vector by two figures, or drops rows.

    Of a group that is new, or NULL, the figures are those of all rows.

    Parameters
    ----------
    inputCol, outputCol : str
        Vectors, in and out.

    Examples
    --------
    >>> from pyspark.ml.linalg import Vectors
    >>> df = spark.createDataFrame([(Vectors.dense(1.0, 9.0),)], ["x"])
    >>> stage = Elementwise(inputCol="x", outputCol="y")._set(
    ...     operation="clip", first=[2.0, 2.0], second=[5.0, 5.0], groups=[]
    ... )
    >>> stage.transform(df).first().y
    DenseVector([2.0, 5.0])
    """

    operation = _param("operation", "clip, drop, flag, impute or scale", TypeConverters.toString)
    groups = _param("groups", "the groups that have figures", TypeConverters.toListString)
    first = _param("first", "figures of all, then of each group", TypeConverters.toListFloat)
    second = _param("second", "another, likewise", TypeConverters.toListFloat)

    def __init__(self, *, inputCol: str | None = None, outputCol: str | None = None) -> None:
        super().__init__()
        given = {"inputCol": inputCol, "outputCol": outputCol}
        self._set(**{name: value for name, value in given.items() if value is not None})

    @property
    def width(self) -> int:
        """How many elements a vector has."""
        return len(self.getOrDefault("first")) // (len(self.getOrDefault("groups")) + 1)

    @property
    def filters(self) -> bool:
        """Whether it says which rows are learnt from."""
        return bool(self.getOrDefault("operation") == "drop")

    def sql(self, array: str, group: str = "") -> str:
        """Write the array that it makes, of an array and the text of a group."""
        return self._written(_OPERATIONS[self.getOrDefault("operation")], array, group)

    def kept_sql(self, array: str, group: str = "") -> str:
        """Write whether a row is kept."""
        return f"NOT array_contains({self._written(_OUTSIDE, array, group)}, 1.0D)"

    def marked(self, df: DataFrame, valid: str) -> DataFrame:
        """Note in column `valid` which rows are kept."""
        array, group = f"{self.getOutputCol()}_array", quote(self.getGroupCol())
        df = df.withColumn(array, vector_to_array(F.col(self.getInputCol())))
        kept = F.expr(self.kept_sql(quote(array), group))
        return df.withColumn(valid, F.col(valid) & kept).drop(array)

    def _transform(self, dataset: DataFrame) -> DataFrame:
        """Add the vector."""
        output, group = self.getOutputCol(), quote(self.getGroupCol())
        array = f"{output}_array"
        df = dataset.withColumn(array, vector_to_array(F.col(self.getInputCol())))
        made = array_to_vector(F.expr(self.sql(quote(array), group)))
        df = df.withColumn(output, made).drop(array)
        return df.withMetadata(output, {"ml_attr": {"num_attrs": self.width}})

    def _written(self, operation: str, array: str, group: str) -> str:
        first, second = (self._figures(name, group) for name in ("first", "second"))
        return operation.format(x=array, a=first, b=second)

    def _figures(self, name: str, group: str) -> str:
        """Write the figures of a row's group."""
        groups, values = self.getOrDefault("groups"), np.array(self.getOrDefault(name), float)
        if not groups:
            return Numbers(values).sql
        known = f"array({', '.join(map(text_sql, groups))})"
        place = f"coalesce(CAST(array_position({known}, {group}) AS INT), 0)"
        return f"slice({Numbers(values).sql}, {place} * {self.width} + 1, {self.width})"


class ElementwiseEstimator(Estimator[Elementwise], _Grouped, HasInputCol, HasOutputCol):
    """Finds the figures of an `Elementwise` in one job, of all rows and of each group.

    A subclass says what is measured, in `aggregates`, and what becomes of it, in `figures`.

    Parameters
    ----------
    inputCol, outputCol : str
        Vectors, in which NaN is a value that is missing.
    """

    def __init__(self, *, inputCol: str | None = None, outputCol: str | None = None) -> None:
        super().__init__()
        given = {"inputCol": inputCol, "outputCol": outputCol}
        self._set(**{name: value for name, value in given.items() if value is not None})

    @property
    @abstractmethod
    def operation(self) -> str:
        """What is done to an element."""

    @abstractmethod
    def aggregates(self) -> tuple[str, ...]:
        """Return aggregates of SQL, of an element ``{0}``, NULL where it is missing."""

    @abstractmethod
    def figures(self, measured: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return two figures of what was measured, of shape (aggregates, groups, elements)."""

    def _fit(self, dataset: DataFrame) -> Elementwise:
        """Measure, group by group."""
        group = self.getGroupCol()
        key = F.col(group) if group else F.lit(None).cast("string")
        array = vector_to_array(F.col(self.getInputCol()))
        rows = dataset.select(array.alias("x"), key.alias("group"))
        found = rows.agg(F.max(F.size("x"))).first()
        width = int(found[0]) if found and found[0] else 0
        elements = [f"get(x, {i})" for i in range(width)]
        texts = [
            text.format(f"(CASE WHEN NOT isnan({x}) THEN {x} END)")
            for text in self.aggregates()
            for x in elements
        ]
        measured = F.expr(f"array({', '.join(f'CAST({t} AS DOUBLE)' for t in texts)})")
        if group:
            told = rows.rollup("group").agg(F.grouping_id().alias("all"), measured.alias("m"))
            told = told.where((F.col("all") == 1) | F.col("group").isNotNull())
            told = told.limit(MOST_GROUPS + 2)
        else:
            told = rows.agg(F.lit(1).alias("all"), F.lit(None).alias("group"), measured.alias("m"))
        return self._fitted(width, told.collect())

    def _fitted(self, width: int, rows: list[Any]) -> Elementwise:
        """Put what all rows have in the place of what a group has not."""
        if len(rows) > MOST_GROUPS + 1:
            raise ParameterError(
                f"there are more than {MOST_GROUPS:,} groups; group by a column with fewer values"
            )
        rows = sorted(rows, key=lambda row: (not row["all"], row["group"] or ""))
        shape = (len(rows), len(self.aggregates()), width)
        values = np.array([row["m"] for row in rows], float).reshape(shape)
        if np.isnan(values[0]).any() and self.operation == "impute":
            places = ", ".join(map(str, np.flatnonzero(np.isnan(values[0]).any(axis=0))))
            raise SchemaError(
                f"column {places} (from 0) of {width} has no value that can be used, so none to "
                "put in the place of NULL; leave it out"
            )
        values = np.where(np.isnan(values), values[0], values).transpose(1, 0, 2)
        first, second = self.figures(values)
        fitted = Elementwise(inputCol=self.getInputCol(), outputCol=self.getOutputCol())
        if self.getGroupCol():
            fitted._set(groupCol=self.getGroupCol())
        return fitted._set(
            operation=self.operation,
            groups=[row["group"] for row in rows[1:]],
            first=first.ravel().tolist(),
            second=second.ravel().tolist(),
        )
