"""Train a model of CREATE MODEL from its query."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import (
    Found,
    InputColumn,
    case_sensitive,
    check_names,
    find,
    kind_of,
    resolve,
    resolve_all,
)
from sparkfl.errors import ParameterError
from sparkfl.execution.cached import cached
from sparkfl.models.automatic import automatic
from sparkfl.models.extras import EXTRAS, OFFSET
from sparkfl.models.facts import Facts, measure
from sparkfl.models.fit import fit_estimator, fit_steps
from sparkfl.models.fitted import SqlModel
from sparkfl.models.frame_fit import fit_frames
from sparkfl.models.frame_model import FrameModel
from sparkfl.models.frame_type import FrameType
from sparkfl.models.group_fit import GroupFit, with_skipped
from sparkfl.models.inputs import Inputs
from sparkfl.models.names import GROUP, LABEL, ROW, VALID
from sparkfl.models.pipeline import FeaturePipeline, declared
from sparkfl.models.reading import Reading
from sparkfl.models.run import Shown
from sparkfl.models.settings import Settings, settings
from sparkfl.models.sizes import sized
from sparkfl.models.split import Split
from sparkfl.models.tasks import Label
from sparkfl.models.types import MODEL_TYPES, AnyType, model_type, row_of
from sparkfl.models.validity import check_rows, is_valid
from sparkfl.remote import ship
from sparkfl.transforms import TRANSFORMERS
from sparkfl.transforms.clause import TransformList

__all__ = ["train"]

_GROUP = "PARTITION BY"
_VALUES = 2**16
"""Values a partition, about, that an estimator is given; more partitions are put together."""


def train(
    df: DataFrame,
    options: Mapping[str, object],
    clause: TransformList | None,
    partition: str | None = None,
) -> SqlModel:
    """Run a training query once and fit its pipeline.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query after AS.
    options : mapping
        OPTIONS.
    clause : TransformList or None
        TRANSFORM; None for the automatic preprocessing of all columns.
    partition : str, optional
        The column of PARTITION BY, for an estimator a group.

    Raises
    ------
    ParameterError
        If an option or transformer is unknown or invalid, or does not go with the rows.
    SchemaError
        If the query is empty, lacks a column, or has values that are NULL, NaN or infinite.
    """
    began = time.perf_counter()
    ship(df.sparkSession)
    given = settings(_labelled(df, options))
    kind = row_of(given.modelType)
    check_names(df.columns)
    others = {param: given.find(df, param) for param in given.columns}
    if partition is not None:
        others[_GROUP] = _group(df, partition, kind, given)
    pipeline, shown = _pipeline(df, clause, given, others)
    label = others.get("labelCol")
    _check(pipeline, given, others)
    with cached(_project(df, pipeline.inputs, kind, others, given.split)) as kept:
        rows, held_out = given.split.parted(kept) if given.split else (kept, None)
        alike = given.handleInvalid != "skip"
        pipeline = replace(pipeline, inputs=sized(rows, pipeline.inputs, alike))
        pipeline, valid = check_rows(rows, pipeline, given)
        kind.task.check(given.params, valid, given.names)
        usable = rows.where(F.col(VALID) & pipeline.inputs.valid())
        learnt = _learn(usable, kind, given, label)
        # MLlib runs jobs by the dozen over the partitions that the query happens to have.
        usable = usable.coalesce(max(1, -(-valid * pipeline.inputs.width // _VALUES)))
        usable = _encoded(usable, kind, learnt)
        fitted = fit_steps(usable, pipeline, given.handleInvalid == "skip", learnt)
        if any(step.filters for step in pipeline.steps):
            valid = fitted.rows.count()
        figures: Mapping[str, Sequence[float]] = {}
        stages, fits = list(fitted.stages), tuple[GroupFit, ...]()
        if isinstance(kind, FrameType):
            fits = fit_frames(fitted.rows, pipeline.features, kind, given, learnt)
            if GROUP in rows.columns:
                left = rows.where(~(F.col(VALID) & pipeline.inputs.valid()))
                fits = with_skipped(fits, left.select(F.col(GROUP).alias("group")))
        else:
            estimator, figures = fit_estimator(fitted, pipeline, kind, given, learnt, clause)
            stages.append(estimator)
        facts = Facts(valid, time.perf_counter() - began, measure(rows, pipeline.inputs), figures)
        made: dict[str, Any] = {}
        if fits:
            columns = {"group": _GROUP, "query": "queryCol"}
            made = {name: _column(others.get(param)) for name, param in columns.items()}
            made["fits"] = fits
        model = (FrameModel if fits else SqlModel)(
            **made,
            modelType=given.modelType,
            pipeline=PipelineModel(stages),
            inputs=pipeline.inputs,
            features=pipeline.features,
            outputs=given.outputs,
            guards=fitted.guards,
            shown=shown,
            target=_column(label),
            label=learnt,
            clause=clause,
            facts=facts,
        )
        return model if held_out is None else replace(model, metrics=model.judge(held_out))


def _labelled(df: DataFrame, options: Mapping[str, object]) -> Mapping[str, object]:
    """Name the label, if a column is called so and no option does, as BigQuery ML."""
    kind = row_of(model_type(options)[0])
    own = next((option for option in kind.options if option.param == "labelCol"), None)
    if own is None or own.named_in(options) or find(df.schema, ("label",)) is None:
        return options
    return {**options, own.key: "label"}


def _column(found: Found | None) -> InputColumn | None:
    return InputColumn.of(found) if found else None


def _group(df: DataFrame, partition: str, kind: AnyType, given: Settings) -> Found:
    """Find the column of PARTITION BY.

    Raises
    ------
    ParameterError
        If the type is one that Spark fits on all rows.
    """
    if not isinstance(kind, FrameType):
        names = [name for name, row in MODEL_TYPES.items() if isinstance(row, FrameType)]
        raise ParameterError(
            f"MODEL_TYPE '{given.modelType}' is fitted by Spark on all rows together; PARTITION BY "
            f"makes one model a group of {', '.join(names)} and sklearn:package.Class. Leave it "
            "out, or choose one of these."
        )
    return resolve(df, partition, "PARTITION BY: the query")


def _pipeline(
    df: DataFrame, clause: TransformList | None, given: Settings, others: Mapping[str, Found]
) -> tuple[FeaturePipeline, Shown]:
    """Return the steps, by default of all columns that no option names, and what they make."""
    keep, sensitive = given.handleInvalid == "keep", case_sensitive(df)
    if clause:
        pipeline, shown = declared(clause, df.schema, keep, sensitive)
    else:
        excluded = tuple(f.name for f in others.values() if len(f.path) == 1)
        excluded += given.split.excluded(df) if given.split else ()
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
    group = others.get(_GROUP)
    if label and group and label.path == group.path:
        raise ParameterError(
            f"PARTITION BY {group.name} and {given.names['labelCol']} name one column, of which "
            "each model would know one value. Name another."
        )
    if pipeline.labelled and not label:
        raise ParameterError(
            f"{pipeline.labelled[0]} learns from the label, and MODEL_TYPE '{given.modelType}' has "
            "none. Leave it out of TRANSFORM, or choose a type that predicts a label."
        )


def _project(
    df: DataFrame, inputs: Inputs, kind: AnyType, others: Mapping[str, Found], split: Split | None
) -> DataFrame:
    """Select what is read of the query, under inner names."""
    columns = [inputs.pack(resolve_all(df, [c.path for c in inputs.columns])).alias(ROW)]
    valid = F.lit(True)
    for param, found in others.items():
        if param == _GROUP:
            columns.append(found.column.cast("string").alias(GROUP))
            valid = valid & F.col(GROUP).isNotNull()
            continue
        if param == "labelCol" and kind.task.target:
            columns.append(kind.task.target.read(found).alias(LABEL))
        elif param in EXTRAS and param != "offsetCol":
            extra = EXTRAS[param]
            columns.append(found.column.cast(extra.type).alias(extra.column))
        valid = valid & is_valid(param)
    told = split.told(df) if split else {}
    columns += [column.alias(name) for name, column in told.items()]
    return df.select(*columns).withColumn(VALID, valid)


def _learn(rows: DataFrame, kind: AnyType, given: Settings, label: Found | None) -> Label | None:
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


def _encoded(rows: DataFrame, kind: AnyType, label: Label | None) -> DataFrame:
    """Put the number in the place of the label that `pyspark.ml` trains on."""
    if not kind.task.target or label is None:
        return rows
    target = kind.task.target
    rows = rows.withColumn(LABEL, target.encode(F.col(LABEL), label))
    return rows.withMetadata(LABEL, target.metadata(label))
