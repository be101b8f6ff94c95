"""From the TRANSFORM clause, or without one, to the stages of a pipeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.ml.feature import Imputer
from pyspark.sql.types import NumericType, StructType

from sparkfl.errors import ParameterError, SchemaError
from sparkfl.models.inputs import InputColumn, find, kind_of
from sparkfl.options import resolve
from sparkfl.transforms import TRANSFORMERS, Stage, TransformFunction
from sparkfl.transforms.clause import Argument, ColumnRef, TransformItem, TransformList

__all__ = ["INTERNAL", "FeaturePipeline", "automatic", "declared"]

INTERNAL = "__sparkfl_"


@dataclass
class FeaturePipeline:
    """Unfitted stages from a query's columns to one column of features.

    Attributes
    ----------
    inputs : list of InputColumn
        The query's columns that reach the features.
    stages : list of Stage
        `pyspark.ml` stages, in order.
    features : str
        The column of features.
    """

    inputs: list[InputColumn] = field(default_factory=list)
    stages: list[Stage] = field(default_factory=list)
    features: str = INTERNAL + "features"


def declared(clause: TransformList, schema: StructType) -> FeaturePipeline:
    """Return the stages a TRANSFORM clause declares.

    Only items that the last one depends on are kept: they alone train the model.

    Raises
    ------
    ParameterError
        If a transformer is unknown or its arguments are wrong, or the last item is no vector.
    SchemaError
        If a column is missing or of a type its transformer does not take.
    """
    last = clause.items[-1]
    if _transformer(last).returns != "vector":
        raise ParameterError(
            f"The last item of TRANSFORM, {last.function}, gives no vector; the last must be "
            "vector_assembler(…) or made from one."
        )
    pipeline = FeaturePipeline(features=_internal(last.alias))
    kinds: dict[str, str] = {}
    for position, item in enumerate(clause.items):
        if any(item.alias.lower() == other.alias.lower() for other in clause.items[:position]):
            raise ParameterError(f"TRANSFORM makes {item.alias} twice; choose another alias.")
        function = _transformer(item)
        inputs, kinds_in, params = _read(item, kinds, schema, pipeline)
        _check_kinds(item, function, inputs, kinds_in)
        columns = [_internal(i) if i.lower() in kinds else _input(pipeline, i) for i in inputs]
        pipeline.stages += function.stages(columns, _internal(item.alias), params)
        kinds[item.alias.lower()] = function.returns
    return _reachable(pipeline)


def automatic(schema: StructType, excluded: tuple[str, ...] = ()) -> FeaturePipeline:
    """Return the stages when TRANSFORM is left out: NULL becomes the mean, then a vector of all.

    Raises
    ------
    SchemaError
        If the query has no column, or one that is not numeric.
    """
    from sparkfl.transforms.vector_assembler import VECTOR_ASSEMBLER

    fields = [f for f in schema.fields if f.name.lower() not in excluded]
    other = [f for f in fields if not isinstance(f.dataType, NumericType)]
    if other or not fields:
        listed = ", ".join(f"{f.name} {f.dataType.simpleString()}" for f in other) or "none at all"
        raise SchemaError(
            f"Without TRANSFORM every column of the query must be numeric; it has {listed}. Leave "
            "such columns out of the query, or write TRANSFORM(vector_assembler(array(…)) f)."
        )
    pipeline = FeaturePipeline()
    for f in fields:
        column = f"{INTERNAL}in_{len(pipeline.inputs)}"
        pipeline.inputs.append(InputColumn(f.name, column, f.dataType.simpleString(), imputed=True))
    columns = [i.column for i in pipeline.inputs]
    imputed = [c + "_imputed" for c in columns]
    pipeline.stages.append(Imputer(inputCols=columns, outputCols=imputed, strategy="mean"))
    pipeline.stages += VECTOR_ASSEMBLER.stages(imputed, pipeline.features, {})
    return pipeline


def _internal(alias: str) -> str:
    """Return the name inside the pipeline of an alias, which no query's column has."""
    return INTERNAL + alias.lower()


def _transformer(item: TransformItem) -> TransformFunction:
    """Look an item's function up."""
    if item.function not in TRANSFORMERS:
        raise ParameterError(
            f"There is no transformer {item.function}; there are {', '.join(sorted(TRANSFORMERS))}."
        )
    return TRANSFORMERS[item.function]


def _read(
    item: TransformItem, kinds: Mapping[str, str], schema: StructType, pipeline: FeaturePipeline
) -> tuple[list[str], list[str], dict[str, object]]:
    """Split an item's arguments into columns, their kinds and parameters."""
    function = TRANSFORMERS[item.function]
    refs: list[ColumnRef] = []
    literals: list[Argument] = []
    for argument in item.arguments:
        group = argument if isinstance(argument, tuple) else (argument,)
        columns = [a for a in group if isinstance(a, ColumnRef)]
        if literals and columns:
            raise ParameterError(f"{item.function}: column {columns[0]} stands after a parameter.")
        refs += columns
        literals += [] if columns else [argument]
    if not refs or (len(refs) > 1 and not function.many):
        takes = "one column or more" if function.many else "exactly one column"
        raise ParameterError(f"{item.function} takes {takes}; it got {len(refs)}.")
    if len(literals) > len(function.parameters):
        known = ", ".join(option.key for option in function.parameters) or "none"
        raise ParameterError(
            f"{item.function} got {literals[-1]!r} too many; its parameters: {known}."
        )
    given = dict(zip([p.key for p in function.parameters], literals, strict=False))
    names = [str(r) for r in refs]
    found = [
        kinds.get(n.lower()) or _raw_kind(item, r, schema, pipeline)
        for n, r in zip(names, refs, strict=True)
    ]
    return names, found, resolve(given, function.parameters, item.function)


def _raw_kind(
    item: TransformItem, ref: ColumnRef, schema: StructType, pipeline: FeaturePipeline
) -> str:
    """Note a column of the query as an input, and return its kind."""
    found = find(schema, ref.path)
    if found is None:
        there = ", ".join(schema.names) or "none"
        raise SchemaError(f"{item.function}: the query has no column {ref}; it has {there}.")
    kind = kind_of(found[1])
    if kind is None:
        raise SchemaError(
            f"{item.function}: column {ref} is {found[1].simpleString()}; a number, a boolean or a "
            "vector is needed. Cast it in the query."
        )
    if str(ref).lower() not in (i.path.lower() for i in pipeline.inputs):
        column = f"{INTERNAL}in_{len(pipeline.inputs)}"
        pipeline.inputs.append(InputColumn(str(ref), column, found[1].simpleString()))
    return kind


def _input(pipeline: FeaturePipeline, name: str) -> str:
    """Return the column inside the pipeline of an input."""
    return next(i.column for i in pipeline.inputs if i.path.lower() == name.lower())


def _check_kinds(
    item: TransformItem, function: TransformFunction, inputs: list[str], kinds: list[str]
) -> None:
    """Require that a transformer takes the kinds of its inputs."""
    for name, kind in zip(inputs, kinds, strict=True):
        if kind not in function.accepts:
            raise SchemaError(
                f"{item.function}({name}): {name} is a {kind}; it takes a "
                f"{' or '.join(function.accepts)}."
            )


def _reachable(pipeline: FeaturePipeline) -> FeaturePipeline:
    """Drop the stages and inputs that the features do not depend on."""
    needed, kept = {pipeline.features}, []
    for stage in reversed(pipeline.stages):
        if stage.getOrDefault("outputCol") not in needed:
            continue
        inputs = stage.getOrDefault("inputCols") if stage.hasParam("inputCols") else None
        needed.update(inputs or [stage.getOrDefault("inputCol")])
        kept.append(stage)
    used = [i for i in pipeline.inputs if i.column in needed]
    return FeaturePipeline(used, kept[::-1], pipeline.features)
