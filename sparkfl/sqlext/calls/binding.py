"""A call of `ml_predict` as a function of the session, or as the text of what it is."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from pyspark.sql import SparkSession
from pyspark.sql.types import ArrayType, DataType, MapType, NullType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.execution.stock_function import StockFunction
from sparkfl.registry import ModelVersion
from sparkfl.remote import ship
from sparkfl.serving.catalog import find, load
from sparkfl.serving.expression import placed
from sparkfl.serving.publishing import value_of
from sparkfl.sqlext.calls.given import Given, fields_of
from sparkfl.sqlext.functions import predicted

__all__ = ["PREFIX", "BoundCall"]

PREFIX = "sparkfl_ml_predict_"
"""What the names of the functions begin with."""


class BoundCall:
    """A call, bound to the columns of its model.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session, which gets functions.
    model : str
        The model, as SQL names it.
    given : Given
        The arguments.
    types : pyspark.sql.types.StructType
        Their types.

    Raises
    ------
    SparkflError
        What is wrong with the arguments, as the extension tells it; or if what the model says of a
        row cannot be written.
    """

    def __init__(self, spark: SparkSession, model: str, given: Given, types: StructType) -> None:
        self._spark, self._given, self._types = spark, given, types
        self._version = find(spark, model)
        self._values = fields_of(types, given)
        names, whole = [name for name, _, _ in self._values], given.is_struct(types)
        fields = [StructField(f"sparkfl_{n}", v[1]) for n, v in enumerate(self._values)]
        row = spark.createDataFrame([], StructType(fields))
        self._returns = predicted(spark, model, row, names, whole).schema.fields[-1].dataType
        self._function = value_of(spark, self._version)
        self._places = placed(load(spark, self._version), names, whole)

    def created(self) -> str:
        """Create the function of the arguments, if the session has it not; return its name."""
        inner = _of_model(self._spark, self._version, self._function)
        types = [each.dataType for each in self._types.fields]
        parameters = ", ".join(f"`p{n}` {_written(type_)}" for n, type_ in enumerate(types))
        body = f"{inner}({', '.join(self._arguments([f'`p{n}`' for n in range(len(types))]))})"
        head = f"({parameters}) RETURNS {_written(self._returns)} RETURN {body}"
        name = f"{PREFIX}{_digest(head)}"
        if not self._spark.catalog.functionExists(name):
            self._spark.sql(f"CREATE OR REPLACE TEMPORARY FUNCTION {name}{head}")
        return name

    def inlined(self) -> str:
        """Return what the function is."""
        _of_model(self._spark, self._version, self._function)
        function = self._function.calling(_worker_of(self._version))
        value = function.inlined(self._arguments(self._given.texts))
        return f"CAST({value} AS {_written(self._returns)})"

    def _arguments(self, texts: Sequence[str]) -> list[str]:
        """Return a text for each parameter of the model's function, given those of the call."""
        values = [value(texts) for _, _, value in self._values]
        return [
            "NULL" if place is None else f"TRY_CAST({values[place]} AS {type_})"
            for place, (_, type_) in zip(self._places, self._function.parameters, strict=True)
        ]


def _of_model(spark: SparkSession, version: ModelVersion, function: StockFunction) -> str:
    """Create the function of a model's columns, if the session has it not, and return its name."""
    name, worker = f"sparkfl_model_{_key(version)}", _worker_of(version)
    if not spark.catalog.functionExists(name):
        if function.worker is not None:
            ship(spark)
            spark.udf.register(worker, function.worker)
        text = function.calling(worker).create_sql(name, "CREATE OR REPLACE TEMPORARY FUNCTION")
        spark.sql(text)
    return name


def _worker_of(version: ModelVersion) -> str:
    return f"sparkfl_worker_{_key(version)}"


def _key(version: ModelVersion) -> str:
    return _digest(f"{version.model_id}/{version.version}")


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _written(type_: DataType) -> str:
    """Write a type; of NULL alone any does."""
    if isinstance(type_, StructType):
        fields = [f"{quote(field.name)}: {_written(field.dataType)}" for field in type_.fields]
        return f"STRUCT<{', '.join(fields)}>"
    if isinstance(type_, ArrayType):
        return f"ARRAY<{_written(type_.elementType)}>"
    if isinstance(type_, MapType):
        return f"MAP<{_written(type_.keyType)}, {_written(type_.valueType)}>"
    return "BOOLEAN" if isinstance(type_, NullType) else type_.simpleString().upper()
