"""A model trained by CREATE MODEL: a fitted pipeline and what it was trained on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.ml.classification import OneVsRestModel
from pyspark.ml.functions import vector_to_array
from pyspark.ml.linalg import VectorUDT
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType

from sparkfl.columns import (
    Found,
    InputColumn,
    bind,
    check_names,
    check_taken,
    kind_of,
    without_internal,
)
from sparkfl.errors import CapabilityError, SchemaError
from sparkfl.execution.extension import has_extension
from sparkfl.models.compiled import Compiled, compiled_features, in_registers
from sparkfl.models.facts import Facts
from sparkfl.models.feature_names import FeatureNames
from sparkfl.models.inputs import Inputs
from sparkfl.models.names import GROUP, LABEL, VALID, inner
from sparkfl.models.run import Shown, run, run_packed, transformed
from sparkfl.models.staging import save_pipeline
from sparkfl.models.steps import Guards, run_stage
from sparkfl.models.stored import read_stored, stored
from sparkfl.models.tasks import Label, Scored
from sparkfl.models.types import AnyType, row_of
from sparkfl.registry import Field
from sparkfl.transforms.clause import TransformList

__all__ = ["SqlModel"]


_SCORES = ("probabilityCol", "rawPredictionCol")


@dataclass(frozen=True)
class SqlModel:
    """A fitted pipeline with its input and output columns.

    Attributes
    ----------
    modelType : str
        Value of MODEL_TYPE.
    pipeline : pyspark.ml.PipelineModel
        From the columns of `inputs` to `features` and the prediction.
    inputs : Inputs
        The columns it reads.
    features : str
        The pipeline's column of features.
    outputs : mapping of str to str
        Names to show, by Param: the prediction first, then what is hidden by default.
    guards : Guards
        What the pipeline's stages have not learnt, and would fail on.
    shown : Shown
        Kind and column of each alias of TRANSFORM that the features depend on.
    target : InputColumn or None
        The label's column, if it has one.
    label : Label or None
        What was learnt of the label.
    clause : TransformList or None
        The TRANSFORM it was trained with.
    facts : Facts
        What is remembered of the training.
    files : Path or None
        Where it was read from.
    metrics : mapping of str to float
        Of a model that was just trained, those of the rows that were held out.
    """

    modelType: str
    pipeline: PipelineModel
    inputs: Inputs
    features: str
    outputs: Mapping[str, str]
    guards: Guards = field(default_factory=lambda: Guards({}, {}))
    shown: Shown = field(default_factory=dict)
    target: InputColumn | None = None
    label: Label | None = None
    clause: TransformList | None = None
    facts: Facts = field(default_factory=Facts)
    files: Path | None = field(default=None, compare=False)
    metrics: Mapping[str, float] = field(default_factory=dict, compare=False)
    readers = {
        "scorer": "sparkfl.models.scorer:open_scorer",
        "reader": "sparkfl.models.fitted:SqlModel.read",
    }

    @property
    def type(self) -> AnyType:
        """The row of its type."""
        return row_of(self.modelType)

    @property
    def stages(self) -> Sequence[Any]:
        """The fitted stages of TRANSFORM."""
        return self.pipeline.stages[:-1]

    @property
    def columns(self) -> tuple[InputColumn, ...]:
        """The columns of a query that it reads."""
        return self.inputs.columns

    @property
    def by(self) -> tuple[str, ...]:
        """The columns whose values are judged apart."""
        return ()

    @property
    def judging(self) -> dict[str, InputColumn]:
        """Columns that only metrics need besides the label, by the names they have inside."""
        return {}

    @property
    def fitted(self) -> Any:
        """The fitted estimator."""
        return self.pipeline.stages[-1]

    @property
    def value(self) -> tuple[str, int | None]:
        """Which output is one for all, by Param, and the place in it if it is an array.

        Of two classes it is the probability of the greater, of outliers the score, and else the
        prediction.
        """
        if "scoreCol" in self.outputs:
            return "scoreCol", None
        if "probabilityCol" in self.outputs and self.label and len(self.label.classes) == 2:
            return "probabilityCol", 1
        return "predictionCol", None

    @property
    def aliases(self) -> dict[str, str]:
        """Aliases of TRANSFORM, by the pipeline's columns."""
        return {column: alias for alias, (_, column) in self.shown.items()}

    def feature_names(self) -> list[str]:
        """Return what the elements of the features are called."""
        names = FeatureNames(self.inputs, self.aliases, self.guards.buckets)
        return names.of(self.stages, self.features)

    def inputFields(self) -> list[Field]:
        """Return the columns it reads."""
        return [Field(c.name, c.type) for c in self.columns]

    def outputFields(self) -> list[Field]:
        """Return the columns that `predict` adds."""
        task, label = self.type.task, self.label
        text = label is not None and label.kind in ("string", "boolean")
        kind = label.kind if label is not None and text else task.returns
        shown = list(self.outputs.items())[: task.visible]
        return [Field(n, kind if param == "predictionCol" else "double") for param, n in shown]

    def predict(self, df: DataFrame, hidden: bool = False) -> DataFrame:
        """Add the prediction to all columns of a query; NULL where an input is not valid.

        Parameters
        ----------
        df : pyspark.sql.DataFrame
            The query; it need not have the label.
        hidden : bool, default False
            Whether to show what is hidden by default.

        Raises
        ------
        SchemaError
            If the query lacks a column, or has one named like an output.
        """
        shown = dict(list(self.outputs.items())[: None if hidden else self.type.task.visible])
        check_taken(df.columns, shown.values())
        check_names(df.columns)
        quick = self._quick(df) if list(shown) == ["predictionCol"] else None
        if quick is not None:
            return df.withColumns({shown["predictionCol"]: quick})
        scored = self.run(df)
        for param, name in shown.items():
            value = F.col(inner(param))
            if param == "predictionCol":
                value = self.decoded()
            elif isinstance(scored.schema[inner(param)].dataType, VectorUDT):
                # Of a vector SQL can read no element; of topics there may be none.
                value = F.when(value.isNotNull(), vector_to_array(value))
            scored = scored.withColumn(name, F.when(F.col(VALID), value))
        return without_internal(scored)

    def transform(self, df: DataFrame) -> DataFrame:
        """Add what TRANSFORM makes to all columns of a query; NULL where an input is not valid.

        Raises
        ------
        SchemaError
            If the query lacks a column, or has one named like an alias.
        """
        shown = self.shown or {"features": ("vector", self.features)}
        return transformed(df, self.inputs, self.stages, self.guards, shown)

    def evaluate(self, df: DataFrame) -> DataFrame:
        """Return the metrics of the model's task over a query, in one row.

        Raises
        ------
        SchemaError
            If the query lacks a column, the label included.
        """
        return self.type.task.evaluate(self._scored(df), self.label)

    def run(self, df: DataFrame) -> DataFrame:
        """Add the pipeline's columns to a query, with names that no query has.

        Raises
        ------
        SchemaError
            If the query lacks a column.
        """
        check_names(df.columns)
        return self._run(df, bind(df, self.columns))

    def files_of_estimator(self) -> Path:
        """Return the directory of the fitted estimator in a saved pipeline.

        Raises
        ------
        CapabilityError
            If the model has not been saved.
        """
        if self.files is None:
            raise CapabilityError("The model is not in the registry yet; register it to ask this.")
        stages = self.files / "pipeline" / "stages"
        last = len(self.pipeline.stages) - 1
        return next(path for path in stages.iterdir() if int(path.name.partition("_")[0]) == last)

    def ask(self, question: str, df: DataFrame, **options: Any) -> DataFrame:
        """Return what the model's task says of a query besides, see `Task.questions`.

        Raises
        ------
        SchemaError
            If the query lacks a column, the label included.
        """
        return self.type.task.questions[question](self._scored(df), self.label, **options)

    def _scored(self, df: DataFrame) -> Scored:
        """Return the valid rows of a query with what the model says of them, and their labels."""
        target = self.type.task.target
        expected = [*self.columns, *([self.target] if self.target else []), *self.judging.values()]
        check_names(df.columns)
        sources = bind(df, expected)
        for name in reversed(self.judging):
            df = df.withColumn(name, sources.pop().column)
        if target:
            df = df.withColumn(LABEL, target.read(self._comparable(sources.pop())))
        return self._told(self._run(df, sources))

    def judge(self, rows: DataFrame) -> dict[str, float]:
        """Return the metrics over packed rows of the training query; those that are not NULL."""
        df = run_packed(rows, self.inputs, self.stages, self.guards)
        group = Found(GROUP, StringType(), {}, (GROUP,))
        told = replace(self._told(self._predicted(df, [group])), by=())
        row = self.type.task.evaluate(told, self.label).first()
        found = {} if row is None else row.asDict()
        return {name: float(value) for name, value in found.items() if value is not None}

    def _told(self, scored: DataFrame) -> Scored:
        """Return what the task is told of rows with the pipeline's columns, and their label."""
        scored = scored.where(F.col(VALID))
        target = self.type.task.target
        score = next((p for p in _SCORES if p in self.outputs), "")
        prediction = inner("predictionCol")
        scored = scored.withColumn(prediction, self.decoded())
        fitted = self.fitted
        measured = fitted is not None and fitted.hasParam("distanceMeasure")
        distance = fitted.getOrDefault("distanceMeasure") if measured else ""
        return Scored(
            scored,
            self.features,
            prediction,
            LABEL if target else "",
            inner(score) if score else "",
            distance,
            probable=score == "probabilityCol",
            fitted=fitted,
            by=self.by,
        )

    def _comparable(self, found: Found) -> Found:
        """Refuse a label of another kind: it would equal no prediction."""
        if self.label and self.target and kind_of(found.type) not in (self.label.kind, None):
            raise SchemaError(
                f"The label {found.name} is {found.type.simpleString()}; the model was trained "
                f"with {self.target.type}. Cast it in the query."
            )
        return found

    def decoded(self) -> Column:
        """Return the pipeline's prediction as it is shown."""
        return F.expr(self.decoded_sql(inner("predictionCol")))

    def decoded_sql(self, prediction: str) -> str:
        """Write a prediction as it is shown."""
        target = self.type.task.target
        if target and self.label:
            return target.decode(prediction, self.label)
        return self.type.task.decode(prediction)

    def _run(self, df: DataFrame, sources: list[Found]) -> DataFrame:
        """Add the pipeline's columns, and whether each row's inputs are valid."""
        df = run(df, sources[: len(self.inputs.columns)], self.inputs, self.stages, self.guards)
        return self._predicted(df, sources)

    def _predicted(self, df: DataFrame, _sources: list[Found]) -> DataFrame:
        """Add what goes out to rows with features."""
        df = run_stage(df, self.fitted, self.guards)
        found = self._compiled() if has_extension(df.sparkSession) else None
        if found is not None:
            # What MLlib adds besides is read by those who ask for it.
            df = df.withColumn(inner("predictionCol"), found)
        for param, column in self.type.task.derived.items():
            df = df.withColumn(inner(param), column())
        return df

    def _compiled(self) -> Column | None:
        """Return the prediction without MLlib, if it is known how."""
        function = self.formula
        if function is None:
            return None
        features = compiled_features(self.inputs.texts(), self.stages).get(self.features)
        return None if features is None else F.expr(function.sql(features))

    def _quick(self, df: DataFrame) -> Column | None:
        """Return the prediction of a query's rows, as it is shown.

        None if it is not known how, or not from numbers alone.
        """
        if self.formula is None or not has_extension(df.sparkSession):
            return None
        sources = bind(df, self.columns)
        found = in_registers(self.formula, self.inputs, sources, self.stages, self.features)
        if found is None:
            return None
        value, valid = found
        return F.expr(f"CASE WHEN {valid} THEN {self.decoded_sql(value)} END")

    @cached_property
    def formula(self) -> Compiled | None:
        """The prediction as a function of the SQL extension; None if it is not known how."""
        if self.type.compiles is None or isinstance(self.fitted, OneVsRestModel):
            return None
        files = self.files_of_estimator() if self.files is not None else None
        return self.type.compiles(self.fitted, files)

    def write(self, directory: Path) -> None:
        """Write the model into an empty directory of the driver."""
        (directory / "model.json").write_text(json.dumps(self._content(), indent=1))
        save_pipeline(self.pipeline, directory / "pipeline")

    def _content(self) -> dict[str, Any]:
        """Return JSON values."""
        return stored(self)

    @classmethod
    def read(cls, directory: Path, _session: SparkSession | None = None) -> SqlModel:
        """Read what `write` wrote; needs a running session."""
        return cls(**read_stored(directory)[1])
