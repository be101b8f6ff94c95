"""How a pipeline reads a query's columns: as few columns, however many features there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from pyspark.ml.functions import array_to_vector
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import DateType, DoubleType, TimestampNTZType, TimestampType

from sparkfl.columns import (
    Found,
    InputColumn,
    array_of_doubles,
    double_sql,
    is_vector,
    path_sql,
)
from sparkfl.execution.literals import text_sql
from sparkfl.execution.numbers import Numbers, number_sql
from sparkfl.models.names import ROW
from sparkfl.models.reading import Reading
from sparkfl.transforms import Imputation

__all__ = ["Inputs"]

_PARAMETERS = {
    "boolean": "BOOLEAN",
    "tokens": "ARRAY<STRING>",
    "vector": "ARRAY<DOUBLE>",
}
_TYPES = {t.simpleString(): t for t in (DateType(), TimestampNTZType(), TimestampType())}
_SQL = {"string": "string", "tokens": "array<string>", "vector": "array<double>"}
_VECTORS = ("vector", "missing")
_AS_NUMBERS = ("boolean", "date")
_NAN = float("nan")


@dataclass(frozen=True)
class Inputs:
    """The columns a model reads, and as what.

    A row's inputs travel in one struct: Spark's optimizer takes a time exponential in the number
    of columns that a projection makes of others (SPARK-33152 and its kind).

    Attributes
    ----------
    columns : tuple of InputColumn
        The columns of the query.
    readings : tuple of Reading
        The columns of the pipeline.
    """

    columns: tuple[InputColumn, ...]
    readings: tuple[Reading, ...]

    @property
    def width(self) -> int:
        """How many values a row has."""
        return sum(reading.width for reading in self.readings)

    def pack(self, sources: Sequence[Found]) -> Column:
        """Return the struct of a row's inputs: all numbers in an array, and what is none."""
        numbers = _doubles([sources[place] for place in self._numbers()])
        fields = [numbers.cast("array<double>").alias("numbers")]
        for kind, place in sorted(self._others()):
            fields.append(_as(kind, sources[place], self.columns[place]).alias(f"{kind}{place}"))
        return F.struct(*fields)

    def packed_sql(self, parameters: Sequence[str]) -> str:
        """Write the same struct of parameters of the types that `parameter_types` gives."""
        numbers = [
            double_sql(parameters[place], _TYPES.get(self.columns[place].type, DoubleType()))
            for place in self._numbers()
        ]
        fields = [f"'numbers', CAST(array({', '.join(numbers)}) AS array<double>)"]
        for kind, place in sorted(self._others()):
            fields.append(f"'{kind}{place}', CAST({parameters[place]} AS {_SQL[kind]})")
        return f"named_struct({', '.join(fields)})"

    def parameter_types(self) -> list[str]:
        """Return a type of SQL for each input; its own where its text or its kind of date tells."""
        told = {place for kind, place in self._others() if kind == "string"}
        return [
            column.type.upper()
            if column.kind == "date" or place in told
            else _PARAMETERS.get(column.kind, "DOUBLE")
            for place, column in enumerate(self.columns)
        ]

    def valid(self) -> Column:
        """Return whether all inputs of a row can be used: not NULL, NaN or infinite."""
        return F.expr(self.valid_sql())

    def valid_sql(self) -> str:
        """Write whether all inputs of a packed row can be used."""
        return " AND ".join(self._valid(reading) for reading in self.readings)

    def invalid(self) -> dict[int, Column]:
        """Return, for each input that must be valid, whether it is not."""
        columns: dict[int, Column] = {}
        for reading in self.readings:
            for place, (part, size) in enumerate(zip(reading.parts, reading.sizes, strict=True)):
                if reading.fills(place) or reading.keep or reading.kind == "missing":
                    continue
                kind = self._kind(part) if reading.kind == "vector" else reading.kind
                one = Reading("", kind, (part,), (size,), keep=reading.keep)
                columns[part] = ~F.expr(self._valid(one)) | columns.get(part, F.lit(False))
        return columns

    def sized(self, sizes: Mapping[int, int]) -> Inputs:
        """Tell how long the vectors are, and which values will be replaced."""
        readings = []
        for r in self.readings:
            if r.kind == "missing":
                readings.append(replace(r, sizes=(1,) * len(r.parts)))
                continue
            r = replace(r, sizes=tuple(sizes.get(part, 1) for part in r.parts))
            fill = tuple(_NAN if imputed is None else 0.0 for imputed in r.elements())
            readings.append(replace(r, fill=fill))
        return replace(self, readings=tuple(readings))

    def imputations(self) -> list[tuple[str, Column]]:
        """Return the name of each input that is imputed from the rows, and an aggregate of it.

        As SQL: a column made of methods is half a dozen calls of the JVM, times the features.
        """
        found = []
        for reading in self.readings:
            for (part, element), imputed in zip(
                self._elements(reading), reading.elements(), strict=False
            ):
                if imputed is not None and imputed.strategy:
                    aggregate = _AGGREGATES[imputed.strategy].format(self._sql(part, element))
                    found.append((self.columns[part].name, F.expr(aggregate)))
        return found

    def imputed(self, values: Sequence[float | str]) -> Inputs:
        """Put in what `imputations` gave of the training rows."""
        given = iter(values)
        readings = []
        for reading in self.readings:
            fill = tuple(
                _NAN if each is None else _value_of(each, given) for each in reading.elements()
            )
            readings.append(replace(reading, fill=fill, impute=()))
        return replace(self, readings=tuple(readings))

    def largest(self) -> Column:
        """Return the largest size of a row's numbers that are finite."""
        return _size(F.concat(F.col(ROW).getField("numbers"), *self.vectors().values()))

    def size(self, place: int) -> Column:
        """Return the largest size of an input's numbers that are finite; NULL for texts."""
        if place in self.vectors():
            return _size(self.vectors()[place])
        number = place in self._numbers()
        return _size(F.array(self.number(place))) if number else F.lit(None).cast("double")

    def number(self, place: int) -> Column:
        """Return an input that is a number."""
        return F.expr(self._number(place))

    def is_number(self, place: int) -> bool:
        """Tell whether an input travels among the numbers."""
        return self._kind(place) == "number"

    def raw(self, place: int) -> Column:
        """Return an input that is no number."""
        kind = next(kind for kind, other in sorted(self._others()) if other == place)
        return F.col(ROW).getField(f"{kind}{place}")

    def vectors(self) -> dict[int, Column]:
        """Return the inputs that are vectors, as arrays."""
        return {
            place: F.col(ROW).getField(f"vector{place}")
            for kind, place in self._others()
            if kind == "vector"
        }

    def read(self, df: DataFrame) -> DataFrame:
        """Add the pipeline's columns, with values of their kind for what is not valid.

        Vectors are told their size: MLlib would run the query to find it out.
        """
        texts, vectors = self.texts(), {r.column for r in self.readings if r.kind in _VECTORS}
        columns = {name: F.expr(text) for name, text in texts.items()}
        made = {n: array_to_vector(c) if n in vectors else c for n, c in columns.items()}
        df = df.withColumns(made)
        for r in self.readings:
            if r.kind in _VECTORS:
                df = df.withMetadata(r.column, {"ml_attr": {"num_attrs": r.width}})
        return df

    def texts(self) -> dict[str, str]:
        """Write what the pipeline reads of a packed row, by its columns: vectors as arrays."""
        return {r.column: self._clean(r) for r in self.readings}

    def to_json(self) -> dict[str, object]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Inputs:
        """Return what `to_json` gave."""
        columns = [InputColumn.from_json(c) for c in value["columns"]]
        return cls(tuple(columns), tuple(map(Reading.from_json, value["readings"])))

    def _kind(self, place: int) -> str:
        kind = self.columns[place].kind
        return "number" if kind in _AS_NUMBERS else kind

    def _numbers(self) -> list[int]:
        """Return the inputs that are numbers."""
        return [place for place in range(len(self.columns)) if self._kind(place) == "number"]

    def _others(self) -> set[tuple[str, int]]:
        """Return the inputs that are read as something else, with the kind."""
        return {
            (self._kind(part) if reading.kind in _VECTORS else reading.kind, part)
            for reading in self.readings
            for part in reading.parts
            if reading.kind != "number"
            and not (reading.kind in _VECTORS and self._kind(part) == "number")
        }

    def _elements(self, reading: Reading) -> list[tuple[int, int]]:
        """Return the part and the place in it of each element of a reading."""
        parts = zip(reading.parts, reading.sizes, strict=True)
        return [(part, element) for part, size in parts for element in range(size)]

    def _sql(self, part: int, element: int) -> str:
        """Return a value of the packed row, NULL if it is not valid."""
        kind = self._kind(part)
        if kind == "string":
            return f"{ROW}.string{part}"
        place = self._numbers().index(part) if kind == "number" else element
        array = "numbers" if kind == "number" else f"vector{part}"
        number = f"get({ROW}.{array}, {place})"
        return f"CASE WHEN abs({number}) < double('inf') THEN {number} END"

    def _number(self, part: int) -> str:
        """Write an input that is a number."""
        return f"get({ROW}.numbers, {self._numbers().index(part)})"

    def _value(self, reading: Reading) -> str:
        """Write a reading of the packed row, as it is."""
        if reading.kind == "number":
            return self._number(reading.parts[0])
        if reading.kind == "missing":
            return f"array({', '.join(map(self._missing, reading.parts))})"
        if reading.kind != "vector":
            return f"{ROW}.{reading.kind}{reading.parts[0]}"
        if list(reading.parts) == self._numbers():
            return f"{ROW}.numbers"
        runs: list[str] = []
        numbers: list[str] = []
        for place, (part, size) in enumerate(zip(reading.parts, reading.sizes, strict=True)):
            if self._kind(part) == "number":
                numbers.append(self._number(part))
                continue
            vector = f"{ROW}.vector{part}"
            if reading.fills(place):
                vector = f"coalesce({vector}, array_repeat({number_sql(_NAN)}, {size}))"
            runs += [f"array({', '.join(numbers)})"] if numbers else []
            runs.append(vector)
            numbers = []
        runs += [f"array({', '.join(numbers)})"] if numbers else []
        return runs[0] if len(runs) == 1 else f"concat({', '.join(runs)})"

    def _missing(self, part: int) -> str:
        """Write 1 if an input of a packed row is not valid, else 0."""
        one = Reading("", self._kind(part), (part,), (0,))
        return f"CAST(NOT {self._valid(one)} AS DOUBLE)"

    def _filled(self, reading: Reading) -> str:
        """Write a reading with what takes the place of values that are not valid."""
        value = self._value(reading)
        if not reading.fill:
            return value
        if reading.kind == "string":
            return f"coalesce({value}, {text_sql(str(reading.fill[0]))})"
        if reading.kind == "number":
            fill = number_sql(float(reading.fill[0]))
            return f"CASE WHEN {_is_finite(value)} THEN {value} ELSE {fill} END"
        fill = Numbers(np.array(reading.fill, np.float64)).sql
        one = f"CASE WHEN {_is_finite('x')} THEN x ELSE f END"
        filled = f"zip_with({value}, {fill}, (x, f) -> {one})"
        return f"CASE WHEN {_all_finite(value)} THEN {value} ELSE {filled} END"

    def _valid(self, reading: Reading) -> str:
        """Write whether a reading can be used."""
        value = self._value(reading)
        vectors = [part for part in reading.parts if self._kind(part) == "vector"]
        if reading.keep or reading.kind == "missing" or (reading.whole and not vectors):
            return "true"
        if reading.kind == "number":
            return f"coalesce({_is_finite(value)}, false)"
        if reading.kind == "string":
            return f"({value} IS NOT NULL)"
        if reading.kind == "tokens":
            return f"coalesce(forall({value}, x -> x IS NOT NULL), false)"
        checks = [] if reading.whole else [_all_finite(self._filled(reading))]
        for place, (part, size) in enumerate(zip(reading.parts, reading.sizes, strict=True)):
            if part in vectors and size:
                length = f"size({ROW}.vector{part})"
                # The size of NULL is -1, or NULL.
                absent = f" OR coalesce({length} < 0, true)" if reading.fills(place) else ""
                checks.append(f"({length} = {size}{absent})")
        return f"coalesce({' AND '.join(checks)}, false)" if checks else "true"

    def _clean(self, reading: Reading) -> str:
        """Write a reading for the pipeline, with a value of its kind for what is not valid."""
        value = self._filled(reading)
        if reading.kind == "tokens":
            return f"coalesce({value}, CAST(array() AS array<string>))"
        if reading.kind == "string":
            return value if reading.keep else f"coalesce({value}, '')"
        if reading.kind == "number":
            other = number_sql(_NAN if reading.keep else 0.0)
            return f"CASE WHEN {_is_finite(value)} THEN {value} ELSE {other} END"
        if reading.kind == "missing":
            return value
        if reading.keep:
            holed = f"CASE WHEN {_is_finite('x')} THEN x ELSE double('nan') END"
            return f"transform({value}, x -> {holed})"
        if reading.whole and all(self._kind(part) == "number" for part in reading.parts):
            return value
        zeros = f"array_repeat(0.0D, {reading.width})"
        return f"CASE WHEN {self._valid(reading)} THEN {value} ELSE {zeros} END"


_AGGREGATES = {
    "mean": "avg({0})",
    "median": "percentile_approx({0}, 0.5D, 10000)",
    "mode": "mode({0}, true)",
}
"""Aggregates of SQL, by the strategy of an imputation."""


def _value_of(imputed: Imputation, measured: Iterator[float | str]) -> float | str:
    """Return the value of an imputation, the next that was measured if it has none."""
    if imputed.strategy:
        return next(measured)
    assert imputed.value is not None
    return imputed.value


def _is_finite(value: str) -> str:
    """Write whether a double is neither NaN nor infinite; NULL for NULL."""
    return f"abs({value}) < double('inf')"


def _all_finite(values: str) -> str:
    """Write whether an array has numbers, and no NULL, NaN or infinite one; or NULL if not.

    Spark compiles these functions, and interprets one of the elements: `array_contains` is NULL
    for an array with NULL, and NaN is greater than infinity.
    """
    full = f"NOT array_contains({values}, double('nan'))"
    return (
        f"({full} AND array_max({values}) < double('inf') AND array_min({values}) > double('-inf'))"
    )


def _size(values: Column) -> Column:
    """Return the largest absolute value of an array, of those that are finite."""
    return F.array_max(F.transform(values, lambda x: F.when(F.abs(x) < float("inf"), F.abs(x))))


def _doubles(found: Sequence[Found]) -> Column:
    """Return numbers as an array of doubles.

    As SQL: a column made of methods is six calls of the JVM.
    """
    doubles = [double_sql(path_sql(each.path), each.type) for each in found]
    return F.expr(f"array({', '.join(doubles)})")


def _as(kind: str, found: Found, trained: InputColumn) -> Column:
    """Return a column as a kind that is no number."""
    if kind == "vector" and is_vector(found.type):
        return array_of_doubles(found)
    if kind == "string" and trained.kind != "string":
        # What was 1 in training may be 1.0 now.
        return found.column.try_cast(trained.type).cast("string")
    return found.column.cast(_SQL[kind])
