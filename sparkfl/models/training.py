"""Train a model of CREATE MODEL from its query."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import Found, InputColumn, case_sensitive, check_names, kind_of, resolve_all
from sparkfl.errors import ParameterError
from sparkfl.execution.cached import cached
from sparkfl.models.automatic import automatic
from sparkfl.models.extras import EXTRAS, OFFSET
from sparkfl.models.facts import Facts, measure
from sparkfl.models.fit import fit_estimator, fit_steps
from sparkfl.models.fitted import SqlModel
from sparkfl.models.inputs import Inputs
from sparkfl.models.model_type import ModelType
from sparkfl.models.names import LABEL, ROW, VALID
from sparkfl.models.pipeline import FeaturePipeline, declared
from sparkfl.models.reading import Reading
from sparkfl.models.run import Shown
from sparkfl.models.settings import Settings, settings
from sparkfl.models.sizes import sized
from sparkfl.models.tasks import Label
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
        TRANSFORM; None for the automatic preprocessing of all columns.

    Raises
    ------
    ParameterError
        If an option or transformer is unknown or invalid, or does not go with the rows.
    SchemaError
        If the query is empty, lacks a column, or has values that are NULL, NaN or infinite.
    """
    began = time.perf_counter()
    given = settings(options)
    kind = MODEL_TYPES[given.modelType]
    check_names(df.columns)
    others = {param: given.find(df, param) for param in given.columns}
    pipeline, shown = _pipeline(df, clause, given, others)
    label = others.get("labelCol")
    _check(pipeline, given, others)
    with cached(_project(df, pipeline.inputs, kind, others)) as rows:
        pipeline = replace(pipeline, inputs=sized(rows, pipeline.inputs))
        pipeline, valid = check_rows(rows, pipeline, given)
        kind.task.check(given.params, valid, given.names)
        usable = rows.where(F.col(VALID) & pipeline.inputs.valid())
        learnt = _learn(usable, kind, given, label)
        # MLlib runs jobs by the dozen over the partitions that the query happens to have.
        usable = usable.coalesce(max(1, -(-valid * pipeline.inputs.width // _VALUES)))
        usable = _encoded(usable, kind, learnt)
        fitted = fit_steps(usable, pipeline, given.handleInvalid == "skip", learnt)
        estimator, figures = fit_estimator(fitted, pipeline, kind, given, learnt, clause)
        facts = Facts(valid, time.perf_counter() - began, measure(rows, pipeline.inputs), figures)
    return SqlModel(
        modelType=given.modelType,
        pipeline=PipelineModel([*fitted.stages, estimator]),
        inputs=pipeline.inputs,
        features=pipeline.features,
        outputs=given.outputs,
        guards=fitted.guards,
        shown=shown,
        target=InputColumn.of(label) if label else None,
        label=learnt,
        clause=clause,
        facts=facts,
    )


def _pipeline(
    df: DataFrame, clause: TransformList | None, given: Settings, others: Mapping[str, Found]
) -> tuple[FeaturePipeline, Shown]:
    """Return the steps, by default of all columns that no option names, and what they make."""
    keep, sensitive = given.handleInvalid == "keep", case_sensitive(df)
    if clause:
        pipeline, shown = declared(clause, df.schema, keep, sensitive)
    else:
        excluded = tuple(f.name for f in others.values() if len(f.path) == 1)
        fill = given.handleInvalid is None
        pipeline, shown = automatic(df.schema, excluded, fill, keep, sensitive), {}
    if keep and not pipeline.has_bucket:
        names = ", ".join(name for name, function in TRANSFORMERS.items() if function.has_bucket)
        raise ParameterError(
            f"{given.names['handleInvalid']} = 'keep' makes a category of values that are new or "
            f"NULL, for {names}, which this model does not have; use 'error' or 'skip'."
        )
    if "offsetCol" in others:
        column = InputColumn.of(others["offsetCol"])
        columns = pipeline.inputs.columns
        place = columns.index(column) if column in columns else len(columns)
        inputs = Inputs(
            columns if column in columns else (*columns, column),
            (*pipeline.inputs.readings, Reading(OFFSET, "number", (place,))),
        )
        pipeline = replace(pipeline, inputs=inputs)
    return pipeline, shown


def _check(pipeline: FeaturePipeline, given: Settings, others: Mapping[str, Found]) -> None:
    """Refuse names that cannot be meant, and transformers that want a label where there is none."""
    read = [*(c.name for c in pipeline.inputs.columns), *(found.name for found in others.values())]
    given.check_outputs(read)
    label = others.get("labelCol")
    if label and label.path in [c.path for c in pipeline.inputs.columns]:
        raise ParameterError(
            f"{given.names['labelCol']} = {label.name!r} is a feature, too: the model would be "
            "told what it is to predict. Leave it out of TRANSFORM."
        )
    if pipeline.labelled and not label:
        raise ParameterError(
            f"{pipeline.labelled[0]} learns from the label, and MODEL_TYPE '{given.modelType}' has "
            "none. Leave it out of TRANSFORM, or choose a type that predicts a label."
        )


def _project(
    df: DataFrame, inputs: Inputs, kind: ModelType, others: Mapping[str, Found]
) -> DataFrame:
    """Select what is read of the query, under inner names."""
    columns = [inputs.pack(resolve_all(df, [c.path for c in inputs.columns])).alias(ROW)]
    valid = F.lit(True)
    for param, found in others.items():
        if param == "labelCol" and kind.task.target:
            columns.append(kind.task.target.read(found).alias(LABEL))
        elif param in EXTRAS and param != "offsetCol":
            extra = EXTRAS[param]
            columns.append(found.column.cast(extra.type).alias(extra.column))
        valid = valid & is_valid(param)
    return df.select(*columns).withColumn(VALID, valid)


def _learn(rows: DataFrame, kind: ModelType, given: Settings, label: Found | None) -> Label | None:
    """Return what the task learns of the label."""
    if not kind.task.target or label is None:
        return None
    learnt = kind.task.target.learn(rows, LABEL, kind_of(label.type) or "", label.name)
    if kind.binary and len(learnt.classes) > 2 and not given.params.get("oneVsRest"):
        raise ParameterError(
            f"MODEL_TYPE '{given.modelType}' tells two classes apart; the label {label.name} has "
            f"{len(learnt.classes)}. OPTIONS(ONE_VS_REST = TRUE) trains one for each class, or "
            "choose another type."
        )
    return learnt


def _encoded(rows: DataFrame, kind: ModelType, label: Label | None) -> DataFrame:
    """Put the number in the place of the label that `pyspark.ml` trains on."""
    if not kind.task.target or label is None:
        return rows
    target = kind.task.target
    rows = rows.withColumn(LABEL, target.encode(F.col(LABEL), label))
    return rows.withMetadata(LABEL, target.metadata(label))
