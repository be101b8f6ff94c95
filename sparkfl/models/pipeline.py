"""From the TRANSFORM clause, or without one, to the stages of a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql.types import NumericType, StructType

from sparkfl.columns import INTERNAL, InputColumn, find, missing
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.models.inputs import Inputs, Reading
from sparkfl.models.names import FEATURES, item_column
from sparkfl.options import resolve
from sparkfl.transforms import TRANSFORMERS, Stage, TransformFunction
from sparkfl.transforms.clause import Argument, ColumnRef, TransformItem, TransformList

__all__ = ["FeaturePipeline", "automatic", "declared"]


@dataclass(frozen=True)
class FeaturePipeline:
    """Unfitted stages from a query's columns to one column of features.

    Attributes
    ----------
    inputs : Inputs
        The query's columns that reach the features.
    stages : tuple of Stage
        `pyspark.ml` stages, in order.
    features : str
        The column of features.
    bucketed : mapping of str to TransformFunction
        Columns of stages that have a bucket for the unseen, see `TransformFunction.buckets`.
    """

    inputs: Inputs
    stages: tuple[Stage, ...]
    features: str
    bucketed: Mapping[str, TransformFunction] = field(default_factory=dict)


@dataclass(frozen=True)
class _Source:
    """Where an argument comes from: a place among the inputs, or a column of the pipeline."""

    kind: str
    place: int = -1
    column: str = ""


@dataclass
class _Builder:
    """Reads the items of a TRANSFORM clause, from the first to the last."""

    schema: StructType
    case_sensitive: bool
    keep: bool
    columns: list[InputColumn] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    made: dict[str, _Source] = field(default_factory=dict)
    bucketed: dict[str, TransformFunction] = field(default_factory=dict)

    def add(self, item: TransformItem) -> None:
        """Add the stage of an item."""
        function = _transformer(item)
        refs, params = _arguments(item, function)
        sources = [self._source(item, ref) for ref in refs]
        for ref, source in zip(refs, sources, strict=True):
            if source.kind not in function.accepts:
                raise SchemaError(
                    f"{item.function}({ref}): {ref} is a {source.kind}; it takes a "
                    f"{' or a '.join(function.accepts)} column. Convert it in the query, or by "
                    "another transformer."
                )
        output = item_column(len(self.made))
        inputs = self._read(sources, function)
        self.stages.append(function.make(inputs, output, params, self.keep))
        self.made[item.alias.lower()] = _Source(function.returns, column=output)
        if function.buckets:
            self.bucketed[output] = function

    def _source(self, item: TransformItem, ref: ColumnRef) -> _Source:
        """Look a column up among the aliases before it, then in the query."""
        if len(ref.path) == 1 and ref.path[0].lower() in self.made:
            return self.made[ref.path[0].lower()]
        found = find(self.schema, ref.path, self.case_sensitive)
        if found is None:
            raise missing([str(ref)], self.schema.names, f"{item.function}: the query")
        column = InputColumn.of(found)
        if column not in self.columns:
            self.columns.append(column)
        return _Source(column.kind, self.columns.index(column))

    def _read(self, sources: list[_Source], function: TransformFunction) -> list[str]:
        """Return the pipeline's columns of a transformer's arguments.

        What a transformer of many columns takes straight from the query goes to it as one vector.
        """
        if not function.many:
            return [
                s.column or self._reading(function.reads or s.kind, (s.place,)) for s in sources
            ]
        columns: list[str] = []
        places: list[int] = []
        for source in [*sources, None]:
            if source is not None and not source.column:
                places.append(source.place)
                continue
            columns += [self._reading("vector", tuple(places))] if places else []
            columns += [source.column] if source else []
            places = []
        return columns

    def _reading(self, kind: str, parts: tuple[int, ...]) -> str:
        """Return the column of a reading, made once."""
        kind = "number" if kind == "boolean" else kind
        for reading in self.readings:
            if (reading.kind, reading.parts) == (kind, parts):
                return reading.column
        column = f"{INTERNAL}in_{len(self.readings)}"
        sizes = tuple(0 if self.columns[part].kind == "vector" else 1 for part in parts)
        keep = self.keep and kind == "string"
        self.readings.append(Reading(column, kind, parts, sizes, keep=keep))
        return column


def declared(
    clause: TransformList, schema: StructType, keep: bool = False, case_sensitive: bool = False
) -> FeaturePipeline:
    """Return the stages a TRANSFORM clause declares.

    Only items that the last one depends on are kept: they alone train the model.

    Parameters
    ----------
    clause : TransformList
        The clause.
    schema : pyspark.sql.types.StructType
        Columns of the training query.
    keep : bool, default False
        Whether values not seen in training get a bucket of their own.
    case_sensitive : bool, default False
        Whether case matters in the names of columns.

    Raises
    ------
    ParameterError
        If a transformer is unknown or its arguments are wrong, or the last item is no vector.
    SchemaError
        If a column is missing or of a type its transformer does not take.
    """
    builder = _Builder(schema, case_sensitive, keep)
    for item in clause.items:
        if item.alias.lower() in builder.made:
            raise ParameterError(f"TRANSFORM makes {item.alias} twice; choose another alias.")
        builder.add(item)
    last = clause.items[-1]
    features = builder.made[last.alias.lower()]
    if features.kind != "vector":
        raise ParameterError(
            f"The last item of TRANSFORM, {last.function}, gives no vector; the last must be "
            "vector_assembler(…) or made from one."
        )
    return _reachable(builder, features.column)


def automatic(
    schema: StructType, excluded: tuple[str, ...] = (), fill: bool = True
) -> FeaturePipeline:
    """Return the pipeline when TRANSFORM is left out: all columns in one vector.

    Parameters
    ----------
    schema : pyspark.sql.types.StructType
        Columns of the training query.
    excluded : tuple of str
        Those that are no features.
    fill : bool, default True
        Whether the mean of a column takes the place of what is NULL, NaN or infinite.

    Raises
    ------
    SchemaError
        If the query has no column, or one that is not numeric.
    """
    fields = [f for f in schema.fields if f.name not in excluded]
    other = [f for f in fields if not isinstance(f.dataType, NumericType)]
    if other or not fields:
        listed = ", ".join(f"{f.name} {f.dataType.simpleString()}" for f in other) or "none at all"
        raise SchemaError(
            f"Without TRANSFORM every column of the query must be numeric; it has {listed}. Leave "
            "such columns out of the query, or write TRANSFORM(vector_assembler(array(…)) f)."
        )
    columns = [InputColumn((f.name,), f.dataType.simpleString(), "number") for f in fields]
    places, ones = tuple(range(len(fields))), (1,) * len(fields)
    means = (float("nan"),) * len(fields) if fill else ()
    reading = Reading(FEATURES, "vector", places, ones, fill=means)
    return FeaturePipeline(Inputs(tuple(columns), (reading,)), (), FEATURES)


def _transformer(item: TransformItem) -> TransformFunction:
    """Look an item's function up."""
    if item.function not in TRANSFORMERS:
        raise ParameterError(
            f"There is no transformer {item.function}; there are {', '.join(sorted(TRANSFORMERS))}."
        )
    return TRANSFORMERS[item.function]


def _arguments(
    item: TransformItem, function: TransformFunction
) -> tuple[list[ColumnRef], dict[str, Any]]:
    """Split an item's arguments into columns and parameters."""
    refs: list[ColumnRef] = []
    literals: list[Argument] = []
    for argument in item.arguments:
        group = argument if isinstance(argument, tuple) else (argument,)
        columns = [a for a in group if isinstance(a, ColumnRef)]
        if columns and len(columns) < len(group):
            raise ParameterError(f"{item.function}: an array is of columns or of values, not both.")
        if literals and columns:
            raise ParameterError(f"{item.function}: column {columns[0]} stands after a parameter.")
        refs += columns
        literals += [] if columns else [argument]
    if not refs or (len(refs) > 1 and not function.many):
        takes = "one column or more" if function.many else "exactly one column"
        raise ParameterError(f"{item.function} takes {takes}; it got {len(refs)}.")
    parameters = function.parameters
    if len(literals) > len(parameters):
        known = ", ".join(option.key for option in parameters) or "none"
        raise ParameterError(
            f"{item.function} got {literals[len(parameters)]!r} too many; its parameters: {known}."
        )
    given = {option.key: value for option, value in zip(parameters, literals, strict=False)}
    return refs, resolve(given, parameters, item.function)


def _reachable(builder: _Builder, features: str) -> FeaturePipeline:
    """Drop the stages and inputs that the features do not depend on."""
    needed, kept = {features}, []
    for stage in reversed(builder.stages):
        if stage.getOrDefault("outputCol") not in needed:
            continue
        many = stage.hasParam("inputCols") and stage.isDefined("inputCols")
        needed.update(stage.getOrDefault("inputCols") if many else [stage.getOrDefault("inputCol")])
        kept.append(stage)
    readings = [r for r in builder.readings if r.column in needed]
    used = sorted({part for r in readings for part in r.parts})
    moved = [
        Reading(r.column, r.kind, tuple(used.index(p) for p in r.parts), r.sizes, r.fill, r.keep)
        for r in readings
    ]
    inputs = Inputs(tuple(builder.columns[place] for place in used), tuple(moved))
    bucketed = {column: f for column, f in builder.bucketed.items() if column in needed}
    return FeaturePipeline(inputs, tuple(kept[::-1]), features, bucketed)
