"""Train a model of CREATE MODEL from its query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import Found, InputColumn, case_sensitive, check_names, kind_of, resolve_all
from sparkfl.errors import ParameterError
from sparkfl.execution.cached import cached
from sparkfl.models.fit import fit
from sparkfl.models.fitted import SqlModel
from sparkfl.models.inputs import Inputs
from sparkfl.models.model_type import ModelType
from sparkfl.models.names import LABEL, ROW, VALID, WEIGHT
from sparkfl.models.pipeline import FeaturePipeline, automatic, declared
from sparkfl.models.settings import Settings, settings
from sparkfl.models.types import MODEL_TYPES
from sparkfl.models.validity import check_rows, is_valid
from sparkfl.transforms import TRANSFORMERS
from sparkfl.transforms.clause import TransformList

__all__ = ["train"]

_VALUES = 2**16
"""Values a partition, about, that an estimator is given; more partitions are put together."""


def train(df: DataFrame, options: Mapping[str, object], clause: TransformList | None) -> SqlModel:
    """Run a training query once and fit its pipeline.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query after AS.
    options : mapping
        OPTIONS.
    clause : TransformList or None
        TRANSFORM; None for the automatic preprocessing of numeric columns.

    Raises
    ------
    ParameterError
        If an option or transformer is unknown or invalid, or does not go with the rows.
    SchemaError
        If the query is empty, lacks a column, or has values that are NULL, NaN or infinite.
    """
    given = settings(options)
    kind = MODEL_TYPES[given.modelType]
    check_names(df.columns)
    label, weight = given.find(df, "labelCol"), given.find(df, "weightCol")
    others = [found for found in (label, weight) if found]
    pipeline = _pipeline(df, clause, given, others)
    read = [*(c.name for c in pipeline.inputs.columns), *(found.name for found in others)]
    given.check_outputs(read)
    if label and label.path in [c.path for c in pipeline.inputs.columns]:
        raise ParameterError(
            f"{given.names['labelCol']} = {label.name!r} is a feature, too: the model would be "
            "told what it is to predict. Leave it out of TRANSFORM."
        )
    with cached(_project(df, pipeline.inputs, kind, label, weight)) as rows:
        pipeline = replace(pipeline, inputs=_sized(rows, pipeline.inputs))
        pipeline, valid = check_rows(rows, pipeline, given)
        kind.task.check(given.params, valid, given.names)
        usable = rows.where(F.col(VALID) & pipeline.inputs.valid())
        learnt = None
        if kind.task.target and label:
            learnt = kind.task.target.learn(usable, LABEL, kind_of(label.type) or "", label.name)
        # MLlib runs jobs by the dozen over the partitions that the query happens to have.
        usable = usable.coalesce(max(1, -(-valid * pipeline.inputs.width // _VALUES)))
        fitted = fit(usable, pipeline, kind, given, learnt, clause)
    return SqlModel(
        modelType=given.modelType,
        pipeline=fitted,
        inputs=pipeline.inputs,
        features=pipeline.features,
        outputs=given.outputs,
        buckets={} if given.handleInvalid == "keep" else _buckets(fitted, pipeline),
        target=InputColumn.of(label) if label else None,
        label=learnt,
        clause=clause,
    )


def _pipeline(
    df: DataFrame, clause: TransformList | None, given: Settings, others: list[Found]
) -> FeaturePipeline:
    """Return the stages; without TRANSFORM they read all columns but the label and the weight."""
    keep = given.handleInvalid == "keep"
    if clause:
        pipeline = declared(clause, df.schema, keep, case_sensitive(df))
    else:
        excluded = tuple(f.name for f in others if len(f.path) == 1)
        pipeline = automatic(df.schema, excluded, fill=given.handleInvalid is None)
    if keep and not pipeline.bucketed:
        names = ", ".join(name for name, function in TRANSFORMERS.items() if function.buckets)
        raise ParameterError(
            f"{given.names['handleInvalid']} = 'keep' makes a category of values that are new or "
            f"NULL, for {names}, which this model does not have; use 'error' or 'skip'."
        )
    return pipeline


def _project(
    df: DataFrame, inputs: Inputs, kind: ModelType, label: Found | None, weight: Found | None
) -> DataFrame:
    """Select what is read of the query, under inner names."""
    columns = [inputs.pack(resolve_all(df, [c.path for c in inputs.columns])).alias(ROW)]
    valid = F.lit(True)
    if label and kind.task.target:
        columns.append(kind.task.target.read(label).alias(LABEL))
        valid = valid & is_valid("labelCol")
    if weight:
        columns.append(weight.column.cast("double").alias(WEIGHT))
        valid = valid & is_valid("weightCol")
    return df.select(*columns).withColumn(VALID, valid)


def _sized(rows: DataFrame, inputs: Inputs) -> Inputs:
    """Look up how long the vectors are, that is the longest of each."""
    vectors = inputs.vectors()
    if not vectors:
        return inputs
    measured = rows.agg(*[F.max(F.size(v)).alias(str(p)) for p, v in vectors.items()]).first()
    assert measured is not None
    sizes = {place: max(measured[str(place)] or 0, 0) for place in vectors}
    readings = [
        replace(r, sizes=tuple(sizes.get(part, 1) for part in r.parts)) for r in inputs.readings
    ]
    return replace(inputs, readings=tuple(readings))


def _buckets(fitted: PipelineModel, pipeline: FeaturePipeline) -> dict[str, int]:
    """Have fitted stages put the unseen into a bucket, and return how many they know."""
    found = {}
    for stage in fitted.stages:
        column = stage.getOrDefault("outputCol") if stage.hasParam("outputCol") else ""
        function = pipeline.bucketed.get(column)
        if function and function.buckets:
            stage._set(handleInvalid="keep")
            found[column] = function.buckets(stage)
    return found
