"""How a pipeline reads a query's columns: as few columns, however many features there are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import reduce
from operator import and_
from typing import Any

from pyspark.ml.functions import array_to_vector
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import Found, InputColumn, array_of_doubles, is_vector, quote
from sparkfl.models.names import ROW

__all__ = ["Inputs", "Reading", "is_finite"]

_SQL = {"string": "string", "tokens": "array<string>", "vector": "array<double>"}


@dataclass(frozen=True)
class Reading:
    """A column of the pipeline: one input, or several numbers and vectors as one vector.

    Attributes
    ----------
    column : str
        Its name in the pipeline.
    kind : str
        As what it is read: 'number', 'string', 'tokens' or 'vector'.
    parts : tuple of int
        The inputs, by their places.
    sizes : tuple of int
        How many numbers each part of a vector has; 0 for what is to be measured yet.
    fill : tuple of float
        What replaces the numbers of a vector that are not valid; if empty, nothing does.
    keep : bool
        Whether NULL is a value like any other.
    """

    column: str
    kind: str
    parts: tuple[int, ...]
    sizes: tuple[int, ...] = (1,)
    fill: tuple[float, ...] = ()
    keep: bool = False


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
        return sum(sum(reading.sizes) for reading in self.readings)

    def pack(self, sources: Sequence[Found]) -> Column:
        """Return the struct of a row's inputs: all numbers in an array, and what is none."""
        numbers = _doubles([sources[place] for place in self._numbers()])
        fields = [numbers.cast("array<double>").alias("numbers")]
        for kind, place in sorted(self._others()):
            fields.append(_as(kind, sources[place], self.columns[place]).alias(f"{kind}{place}"))
        return F.struct(*fields)

    def valid(self) -> Column:
        """Return whether all inputs of a row can be used: not NULL, NaN or infinite."""
        return reduce(and_, [self._valid(reading) for reading in self.readings])

    def invalid(self) -> dict[int, Column]:
        """Return, for each input that must be valid, whether it is not."""
        columns: dict[int, Column] = {}
        for reading in self.readings:
            if not reading.fill:
                for part, size in zip(reading.parts, reading.sizes, strict=True):
                    kind = self._kind(part) if reading.kind == "vector" else reading.kind
                    one = Reading("", kind, (part,), (size,), keep=reading.keep)
                    columns[part] = ~self._valid(one) | columns.get(part, F.lit(False))
        return columns

    def means(self) -> dict[int, Column]:
        """Return, for each number that is to be filled, the mean of its values that are finite.

        As SQL: a column made of methods is half a dozen calls of the JVM, times the features.
        """
        places = {place: index for index, place in enumerate(self._numbers())}
        means = {}
        for part in [part for reading in self.readings if reading.fill for part in reading.parts]:
            number = f"{ROW}.numbers[{places[part]}]"
            means[part] = F.expr(f"avg(CASE WHEN abs({number}) < double('inf') THEN {number} END)")
        return means

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
        return F.col(ROW).getField("numbers")[self._numbers().index(place)]

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
        df = df.withColumns({r.column: self._clean(r) for r in self.readings})
        for r in self.readings:
            if r.kind == "vector":
                df = df.withMetadata(r.column, {"ml_attr": {"num_attrs": sum(r.sizes)}})
        return df

    def to_json(self) -> dict[str, object]:
        """Return JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Inputs:
        """Return what `to_json` gave."""
        columns = [InputColumn(tuple(c["path"]), c["type"], c["kind"]) for c in value["columns"]]
        readings = [
            Reading(
                r["column"],
                r["kind"],
                tuple(r["parts"]),
                tuple(r["sizes"]),
                tuple(r["fill"]),
                r["keep"],
            )
            for r in value["readings"]
        ]
        return cls(tuple(columns), tuple(readings))

    def _kind(self, place: int) -> str:
        return "number" if self.columns[place].kind == "boolean" else self.columns[place].kind

    def _numbers(self) -> list[int]:
        """Return the inputs that are numbers."""
        return [place for place in range(len(self.columns)) if self._kind(place) == "number"]

    def _others(self) -> set[tuple[str, int]]:
        """Return the inputs that are read as something else, with the kind."""
        return {
            (self._kind(part) if reading.kind == "vector" else reading.kind, part)
            for reading in self.readings
            for part in reading.parts
            if reading.kind != "number" and (reading.kind, self._kind(part)) != ("vector", "number")
        }

    def _value(self, reading: Reading) -> Column:
        """Return a reading from the packed row, as it is."""
        row = F.col(ROW)
        if reading.kind == "number":
            return self.number(reading.parts[0])
        if reading.kind != "vector":
            return row.getField(f"{reading.kind}{reading.parts[0]}")
        if list(reading.parts) == self._numbers():
            return row.getField("numbers")
        runs: list[Column] = []
        numbers: list[Column] = []
        for part in reading.parts:
            if self._kind(part) == "number":
                numbers.append(self.number(part))
                continue
            runs += [F.array(*numbers)] if numbers else []
            runs.append(row.getField(f"vector{part}"))
            numbers = []
        runs += [F.array(*numbers)] if numbers else []
        return runs[0] if len(runs) == 1 else F.concat(*runs)

    def _valid(self, reading: Reading) -> Column:
        """Return whether a reading can be used."""
        value = self._value(reading)
        if reading.keep or reading.fill:
            return F.lit(True)
        if reading.kind == "number":
            return F.coalesce(is_finite(value), F.lit(False))
        if reading.kind == "string":
            return value.isNotNull()
        if reading.kind == "tokens":
            return F.coalesce(F.forall(value, lambda x: x.isNotNull()), F.lit(False))
        checks = [_all_finite(value)]
        for part, size in zip(reading.parts, reading.sizes, strict=True):
            if self._kind(part) == "vector" and size:
                checks.append(F.size(F.col(ROW).getField(f"vector{part}")) == size)
        return F.coalesce(reduce(and_, checks), F.lit(False))

    def _clean(self, reading: Reading) -> Column:
        """Return a reading for the pipeline."""
        value = self._value(reading)
        if reading.keep:
            return value
        if reading.kind == "string":
            return F.coalesce(value, F.lit(""))
        if reading.kind == "tokens":
            return F.coalesce(value, F.array().cast("array<string>"))
        if reading.kind == "number":
            return F.when(self._valid(reading), value).otherwise(F.lit(0.0))
        if reading.fill:
            fill = F.lit(list(reading.fill))
            filled = F.zip_with(value, fill, lambda x, f: F.when(is_finite(x), x).otherwise(f))
            return array_to_vector(F.when(_all_finite(value), value).otherwise(filled))
        zeros = F.array_repeat(F.lit(0.0), sum(reading.sizes))
        return array_to_vector(F.when(self._valid(reading), value).otherwise(zeros))


def is_finite(value: Column) -> Column:
    """Return whether a double is neither NaN nor infinite; NULL for NULL."""
    return F.abs(value) < float("inf")


def _all_finite(values: Column) -> Column:
    """Return whether an array has numbers, and no NULL, NaN or infinite one; or NULL if not.

    Spark compiles these functions, and interprets one of the elements: `array_contains` is NULL
    for an array with NULL, and NaN is greater than infinity.
    """
    infinity = float("inf")
    full = ~F.array_contains(values, float("nan"))
    return full & (F.array_max(values) < infinity) & (F.array_min(values) > -infinity)


def _size(values: Column) -> Column:
    """Return the largest absolute value of an array, of those that are finite."""
    return F.array_max(F.transform(values, lambda x: F.when(is_finite(x), F.abs(x))))


def _doubles(found: Sequence[Found]) -> Column:
    """Return numbers as an array of doubles.

    As SQL, unless there are fields of structs: a column made of methods is six calls of the JVM.
    """
    if any(len(each.path) > 1 for each in found):
        return F.array(*[each.column.cast("double") for each in found])
    return F.expr(f"array({', '.join(f'CAST({quote(each.name)} AS DOUBLE)' for each in found)})")


def _as(kind: str, found: Found, trained: InputColumn) -> Column:
    """Return a column as a kind that is no number."""
    if kind == "vector" and is_vector(found.type):
        return array_of_doubles(found)
    if kind == "string" and trained.kind != "string":
        # What was 1 in training may be 1.0 now.
        return found.column.try_cast(trained.type).cast("string")
    return found.column.cast(_SQL[kind])
