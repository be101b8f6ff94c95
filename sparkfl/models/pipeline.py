"""From the TRANSFORM clause, or without one, to the steps of a pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from pyspark.sql.types import StructType

from sparkfl.columns import INTERNAL, Found, InputColumn, find, missing
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.models.inputs import Inputs
from sparkfl.models.names import item_column
from sparkfl.models.reading import Reading
from sparkfl.models.steps import Step
from sparkfl.options import resolve
from sparkfl.transforms import TRANSFORMERS, Imputation, TransformFunction
from sparkfl.transforms.clause import Argument, ColumnRef, TransformItem, TransformList

__all__ = ["FeaturePipeline", "Made", "declared"]

_GROUPS = ("string", "number", "boolean", "date")
_DEFAULT_STRATEGY = {"number": "mean", "date": "mean", "vector": "mean", "tokens": ""}


@dataclass(frozen=True)
class Made:
    """What a name in TRANSFORM stands for: an input, as it is or imputed, or a step's column.

    Attributes
    ----------
    kind : str
        Its kind.
    place : int
        The input, by its place; -1 for a column.
    column : str
        The column.
    impute : Imputation or None
        What takes the place of the input's missing values.
    """

    kind: str
    place: int = -1
    column: str = ""
    impute: Imputation | None = None


@dataclass(frozen=True)
class FeaturePipeline:
    """Unfitted steps from a query's columns to those that TRANSFORM makes.

    Attributes
    ----------
    inputs : Inputs
        The query's columns that are read.
    steps : tuple of Step
        The steps, in order.
    features : str
        The column of features, "" if there is none.
    """

    inputs: Inputs
    steps: tuple[Step, ...]
    features: str

    @property
    def labelled(self) -> tuple[str, ...]:
        """The transformers that learn from the label."""
        return tuple(step.name for step in self.steps if step.function.labelled)

    @property
    def has_bucket(self) -> bool:
        """Whether a step has a bucket for what is missing or was not seen."""
        return any(step.function.has_bucket for step in self.steps)


@dataclass
class _Builder:
    """Reads the items of a TRANSFORM clause, from the first to the last."""

    schema: StructType
    case_sensitive: bool
    columns: list[InputColumn] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    made: dict[str, Made] = field(default_factory=dict)

    def add(self, item: TransformItem, keep: bool) -> None:
        """Add the step of an item."""
        function = _transformer(item)
        refs, params = _arguments(item, function)
        group = [refs.pop()] if function.grouped else []
        sources = [source for ref in refs for source in self._sources(item, ref, function)]
        if function.together != "vector":
            _require_raw(item, sources)
        if function.imputes:
            self.made[item.alias.lower()] = _imputed(item, sources[0], function.imputes(params))
            return
        keep = keep and function.has_bucket
        output = item_column(len(self.made))
        inputs = self._read(sources, function, keep)
        inputs += [self._group(item, ref) for ref in group]
        stages = tuple(function.make(inputs, output, params, keep))
        filters = function.filters is not None and function.filters(params)
        self.steps.append(
            Step(item.function, stages, tuple(inputs), output, str(refs[0]), keep, filters)
        )
        kind = sources[0].kind if function.returns == "same" else function.returns
        self.made[item.alias.lower()] = Made("number" if kind == "date" else kind, column=output)

    def column(self, made: Made) -> str:
        """Return the pipeline's column of what a name stands for."""
        return made.column or self._reading(made.kind, [made], keep=False)

    def _sources(
        self, item: TransformItem, ref: ColumnRef, function: TransformFunction
    ) -> Iterator[Made]:
        """Look a column up among the aliases before it, then in the query; a struct by leaf."""
        if len(ref.path) == 1 and ref.path[0].lower() in self.made:
            leaves = {str(ref): self.made[ref.path[0].lower()]}
        else:
            found = find(self.schema, ref.path, self.case_sensitive)
            if found is None:
                raise missing([str(ref)], self.schema.names, f"{item.function}: the query")
            parts = _leaves(found) if function.many else [found]
            leaves = {part.name: self._input(InputColumn.of(part)) for part in parts}
        for name, source in leaves.items():
            if source.kind not in function.accepts:
                raise SchemaError(
                    f"{item.function}({ref}): {name} is a {source.kind}; it takes a "
                    f"{' or a '.join(function.accepts)} column. Convert it in the query, or by "
                    "another transformer."
                )
            yield source

    def _group(self, item: TransformItem, ref: ColumnRef) -> str:
        """Return the column of groups, as texts; NULL is none of them."""
        function = replace(TRANSFORMERS[item.function], many=False, accepts=_GROUPS)
        (source,) = self._sources(item, ref, function)
        if source.column:
            raise ParameterError(
                f"{item.function}: the groups are a column of the query, and {ref} is made by "
                "another transformer."
            )
        return self._reading("string", [source], keep=True)

    def _input(self, column: InputColumn) -> Made:
        if column not in self.columns:
            self.columns.append(column)
        return Made(column.kind, self.columns.index(column))

    def _read(self, sources: list[Made], function: TransformFunction, keep: bool) -> list[str]:
        """Return the pipeline's columns of a transformer's arguments.

        What a transformer of many columns takes straight from the query goes to it as one vector,
        unless it takes them apart.
        """
        if not function.many or function.apart:
            return [
                s.column or self._reading(function.reads.get(s.kind, s.kind), [s], keep)
                for s in sources
            ]
        columns: list[str] = []
        run: list[Made] = []
        for source in [*sources, None]:
            if source is not None and not source.column:
                run.append(source)
                continue
            columns += [self._reading(function.together, run, keep)] if run else []
            columns += [source.column] if source else []
            run = []
        return columns

    def _reading(self, kind: str, sources: list[Made], keep: bool) -> str:
        """Return the column of a reading, made once."""
        holed = kind == "holed"
        kind = {"boolean": "number", "date": "number", "holed": "vector"}.get(kind, kind)
        impute = tuple(s.impute for s in sources) if any(s.impute for s in sources) else ()
        if kind == "tokens" and impute:
            keep, impute = True, ()
        parts = tuple(source.place for source in sources)
        sizes = tuple(0 if self.columns[part].kind == "vector" else 1 for part in parts)
        keep = (keep and kind in ("string", "number", "tokens") and not impute) or holed
        reading = Reading("", kind, parts, sizes, keep=keep, impute=impute)
        for known in self.readings:
            if replace(known, column="") == reading:
                return known.column
        column = f"{INTERNAL}in_{len(self.readings)}"
        self.readings.append(replace(reading, column=column))
        return column


def declared(
    clause: TransformList,
    schema: StructType,
    keep: bool = False,
    case_sensitive: bool = False,
    keeps_all: bool = False,
) -> tuple[FeaturePipeline, dict[str, tuple[str, str]]]:
    """Return the steps that a TRANSFORM clause declares.

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
    keeps_all : bool, default False
        Whether all items are wanted, whatever the last makes; by default only those that the last
        one, a vector of features, depends on: they alone train the model.

    Returns
    -------
    FeaturePipeline
        The pipeline.
    dict
        Kind and column of each alias; if not all are wanted, of those that a step makes.

    Raises
    ------
    ParameterError
        If a transformer is unknown or its arguments are wrong, or the last item is no vector.
    SchemaError
        If a column is missing or of a type its transformer does not take.
    """
    builder = _Builder(schema, case_sensitive)
    for item in clause.items:
        if item.alias.lower() in builder.made:
            raise ParameterError(f"TRANSFORM makes {item.alias} twice; choose another alias.")
        builder.add(item, keep)
    last = clause.items[-1]
    features = builder.made[last.alias.lower()]
    if features.kind != "vector" and not keeps_all:
        raise ParameterError(
            f"The last item of TRANSFORM, {last.function}, gives no vector; the last must be "
            "vector_assembler(…) or made from one."
        )
    made = {item.alias: builder.made[item.alias.lower()] for item in clause.items}
    if keeps_all:
        shown = {alias: (each.kind, builder.column(each)) for alias, each in made.items()}
        return _reachable(builder, {column for _, column in shown.values()}, ""), shown
    pipeline = _reachable(builder, {features.column}, features.column)
    columns = {step.output for step in pipeline.steps}
    shown = {a: (each.kind, each.column) for a, each in made.items() if each.column in columns}
    return pipeline, {**shown, last.alias: ("vector", pipeline.features)}


def _leaves(found: Found) -> list[Found]:
    """Return a column, or the fields of a struct, and of the structs in it."""
    if not isinstance(found.type, StructType):
        return [found]
    return [
        leaf
        for f in found.type.fields
        for leaf in _leaves(
            Found(f"{found.name}.{f.name}", f.dataType, dict(f.metadata), (*found.path, f.name))
        )
    ]


def _transformer(item: TransformItem) -> TransformFunction:
    """Look an item's function up."""
    if item.function not in TRANSFORMERS:
        raise ParameterError(
            f"There is no transformer {item.function}; there are {', '.join(sorted(TRANSFORMERS))}."
        )
    return TRANSFORMERS[item.function]


def _require_raw(item: TransformItem, sources: list[Made]) -> None:
    """Refuse what has no missing values any more."""
    if any(source.column or source.impute for source in sources):
        raise ParameterError(
            f"{item.function}({', '.join(map(str, item.arguments))}): it takes columns of the "
            "query; what another transformer makes has no missing values."
        )


def _imputed(item: TransformItem, source: Made, impute: Imputation) -> Made:
    """Return an input with what takes the place of its missing values."""
    if source.column:
        raise ParameterError(
            f"{item.function}({', '.join(map(str, item.arguments))}): it takes a column of the "
            "query; what another transformer makes has no missing values."
        )
    if impute == Imputation():
        impute = Imputation(_DEFAULT_STRATEGY.get(source.kind, "mode"))
    takes = {"string": ("mode",), "boolean": ("mode",), "vector": ("mean",), "tokens": ()}
    if impute.strategy and impute.strategy not in takes.get(source.kind, (impute.strategy,)):
        can = " or ".join(map(repr, takes[source.kind])) or "none: leave it out"
        raise ParameterError(
            f"{item.function}: STRATEGY of a {source.kind} column is {can}, not "
            f"{impute.strategy!r}."
        )
    return replace(source, impute=impute)


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
    if len(refs) <= function.grouped or (len(refs) > 1 and not function.many):
        takes = "one column or more" if function.many else "exactly one column"
        takes += " and then the column of groups" if function.grouped else ""
        raise ParameterError(f"{item.function} takes {takes}; it got {len(refs)}.")
    parameters = function.parameters
    if len(literals) > len(parameters):
        known = ", ".join(option.key for option in parameters) or "none"
        raise ParameterError(
            f"{item.function} got {literals[len(parameters)]!r} too many; its parameters: {known}."
        )
    given = {option.key: value for option, value in zip(parameters, literals, strict=False)}
    return refs, resolve(given, parameters, item.function)


def _reachable(builder: _Builder, wanted: set[str], features: str) -> FeaturePipeline:
    """Drop the steps and inputs that no column that is wanted depends on."""
    needed, kept = {*wanted, *(step.output for step in builder.steps if step.filters)}, []
    for step in reversed(builder.steps):
        if step.output in needed:
            needed.update(step.inputs)
            kept.append(step)
    readings = [r for r in builder.readings if r.column in needed]
    places = {name: place for place, name in enumerate(builder.schema.names)}
    used = sorted(
        {part for r in readings for part in r.parts},
        key=lambda part: (places[builder.columns[part].path[0]], part),
    )
    moved = [replace(r, parts=tuple(used.index(p) for p in r.parts)) for r in readings]
    inputs = Inputs(tuple(builder.columns[place] for place in used), tuple(moved))
    steps = tuple(kept[::-1])
    if features and [s.name for s in steps] == ["vector_assembler"] and len(steps[0].inputs) == 1:
        return FeaturePipeline(inputs, (), steps[0].inputs[0])
    return FeaturePipeline(inputs, steps, features)
