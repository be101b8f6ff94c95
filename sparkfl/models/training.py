"""Train a model of CREATE MODEL from its query."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyspark.errors import IllegalArgumentException
from pyspark.ml import Pipeline, PipelineModel
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import (
    Found,
    InputColumn,
    case_sensitive,
    check_names,
    kind_of,
    resolve,
)
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.execution.cached import cached
from sparkfl.models.fitted import SqlModel
from sparkfl.models.inputs import Inputs, is_finite
from sparkfl.models.model_type import ModelType
from sparkfl.models.names import LABEL, ROW, VALID, WEIGHT, item_column
from sparkfl.models.pipeline import FeaturePipeline, automatic, declared
from sparkfl.models.settings import Settings, settings
from sparkfl.models.tasks import Label
from sparkfl.models.types import MODEL_TYPES
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
        pipeline, valid = _checked(rows, pipeline, given)
        kind.task.check(given.params, valid, given.names)
        usable = rows.where(F.col(VALID) & pipeline.inputs.valid())
        learnt = None
        if kind.task.target and label:
            learnt = kind.task.target.learn(usable, LABEL, kind_of(label.type) or "", label.name)
        # MLlib runs jobs by the dozen over the partitions that the query happens to have.
        usable = usable.coalesce(max(2, -(-valid * pipeline.inputs.width // _VALUES)))
        fitted = _fit(usable, pipeline, kind, given, learnt, clause)
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
        pipeline = automatic(df.schema, tuple(f.name for f in others if len(f.path) == 1))
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
    columns = [inputs.pack([resolve(df, c.path) for c in inputs.columns]).alias(ROW)]
    valid = F.lit(True)
    if label and kind.task.target:
        columns.append(kind.task.target.read(label).alias(LABEL))
        valid = valid & _valid("labelCol")
    if weight:
        columns.append(weight.column.cast("double").alias(WEIGHT))
        valid = valid & _valid("weightCol")
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


def _checked(
    rows: DataFrame, pipeline: FeaturePipeline, given: Settings
) -> tuple[FeaturePipeline, int]:
    """Count rows and invalid values in one job; return the means to fill in, and the valid rows."""
    inputs = pipeline.inputs
    means = inputs.means()
    invalid = inputs.invalid()
    extras = {param: ~_valid(param) for param in given.columns}
    measured = rows.agg(
        F.count(F.lit(1)),
        F.count_if(F.col(VALID) & inputs.valid()),
        *[F.count_if(column) for column in (*invalid.values(), *extras.values())],
        *means.values(),
    ).first()
    assert measured is not None
    count, valid, *figures = measured
    names = [inputs.columns[place].name for place in invalid]
    names += [f"{given.columns[p]} ({given.names[p]})" for p in extras]
    wrong = {n: c for n, c in zip(names, figures[: len(names)], strict=True) if c}
    _refuse(count, valid, wrong, given)
    mean = dict(zip(means, figures[len(names) :], strict=True))
    empty = [inputs.columns[place].name for place, value in mean.items() if value is None]
    if empty:
        raise SchemaError(
            f"Column {', '.join(empty)} has no value that is a finite number, so no mean to put in "
            "the place of NULL; leave it out of the query."
        )
    readings = [
        replace(r, fill=tuple(mean[part] for part in r.parts)) if r.fill else r
        for r in inputs.readings
    ]
    return replace(pipeline, inputs=replace(inputs, readings=tuple(readings))), valid


def _valid(param: str) -> Column:
    """Return whether the label or the weight of a row can be used."""
    if param == "labelCol":
        return F.col(LABEL).isNotNull()
    return F.coalesce(is_finite(F.col(WEIGHT)) & (F.col(WEIGHT) >= 0), F.lit(False))


def _refuse(rows: int, valid: int, wrong: Mapping[str, int], given: Settings) -> None:
    """Refuse to train without rows, or with invalid ones that are not to be left out."""
    if rows == 0:
        raise SchemaError("The training query gives no rows; check its FROM and WHERE.")
    listed = ", ".join(f"{name}: {n} of {rows} rows" for name, n in wrong.items())
    what = (
        "NULL, NaN or infinite values, or weights below 0, in"
        if "weightCol" in given.columns
        else "NULL, NaN or infinite values in"
    )
    if wrong and given.handleInvalid != "skip":
        raise SchemaError(
            f"{what} {listed}. Filter or replace them in the query, or leave such rows out by "
            "OPTIONS(HANDLE_INVALID = 'skip')."
        )
    if valid == 0:
        raise SchemaError(
            f"{what} {listed}: no row is left to train on. Replace them in the query."
        )


def _fit(
    rows: DataFrame,
    pipeline: FeaturePipeline,
    kind: ModelType,
    given: Settings,
    label: Label | None,
    clause: TransformList | None,
) -> PipelineModel:
    """Fit the stages and the estimator on the valid rows."""
    training = pipeline.inputs.read(rows)
    params: dict[str, Any] = {**given.params, "featuresCol": pipeline.features}
    if "weightCol" in given.columns:
        params["weightCol"] = WEIGHT
    if label and kind.task.target:
        target = kind.task.target
        training = training.withColumn(LABEL, target.encode(F.col(LABEL), label))
        training = training.withMetadata(LABEL, target.metadata(label))
        params["labelCol"] = LABEL
    try:
        transforms = Pipeline(stages=[*pipeline.stages]).fit(training)
        training = transforms.transform(training)
        return PipelineModel([*transforms.stages, kind.unfitted(params).fit(training)])
    except IllegalArgumentException as error:
        names = _feature_names(training, pipeline.features, clause)
        raise ParameterError(_translated(str(error), kind, given, names)) from error


def _feature_names(df: DataFrame, features: str, clause: TransformList | None) -> dict[str, str]:
    """Return the aliases of TRANSFORM's items among the features, by their places."""
    if clause is None or features not in df.columns:
        return {}
    attributes = df.schema[features].metadata.get("ml_attr", {}).get("attrs", {})
    aliases = {item_column(place): item.alias for place, item in enumerate(clause.items)}
    return {
        str(each["idx"]): aliases[each["name"]]
        for group in attributes.values()
        for each in group
        if each.get("name") in aliases
    }


def _translated(message: str, kind: ModelType, given: Settings, names: Mapping[str, str]) -> str:
    """Say what MLlib says in one line, with options and features as the user knows them."""
    text = next(iter(message.splitlines()), "").removeprefix("requirement failed: ")
    for option in kind.options:
        text = re.sub(rf"\b{option.param}\b", given.names[option.param], text)
    text = re.sub(r"\bfeature (\d+)\b", lambda m: f"feature {names.get(m[1], m[1])}", text)
    return f"MODEL_TYPE '{given.modelType}' does not go with these rows and options: {text}"


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
