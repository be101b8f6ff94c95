"""Fit a pipeline, and say what MLlib says of it in a user's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
from pyspark.errors import IllegalArgumentException, PySparkException
from pyspark.ml import Estimator
from pyspark.ml.stat import Summarizer
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.errors import ParameterError, SchemaError
from sparkfl.models.extras import EXTRAS
from sparkfl.models.feature_names import FeatureNames
from sparkfl.models.model_type import ModelType
from sparkfl.models.names import LABEL, VALID, WEIGHT, item_column
from sparkfl.models.pipeline import FeaturePipeline
from sparkfl.models.settings import Settings
from sparkfl.models.sizes import width_of
from sparkfl.models.steps import Guards, Step, run_stage, within
from sparkfl.models.tasks import Label
from sparkfl.options import spelled
from sparkfl.transforms.clause import TransformList

__all__ = ["FittedSteps", "fit_estimator", "fit_steps"]

_WEIGHTS = ("coefficientMatrix", "coefficients", "linear", "factors", "weights")


@dataclass(frozen=True)
class FittedSteps:
    """Fitted stages, what they have not learnt, and the training rows with their columns."""

    stages: tuple[Any, ...]
    guards: Guards
    rows: DataFrame


def fit_steps(
    rows: DataFrame, pipeline: FeaturePipeline, skip: bool = False, label: Label | None = None
) -> FittedSteps:
    """Fit the steps of a pipeline on rows that its inputs are valid in.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        The packed rows, with the encoded label, if any.
    pipeline : FeaturePipeline
        Its inputs and steps.
    skip : bool, default False
        Whether rows that a step does not take are left out; else they are an error.
    label : Label, optional
        What is known of the label.

    Raises
    ------
    ParameterError
        If MLlib refuses a transformer with these rows.
    SchemaError
        If a step does not take the values of some rows.
    """
    df = pipeline.inputs.read(rows)
    stages: list[Any] = []
    guards = Guards({}, {})
    for step in pipeline.steps:
        with (
            spelled(step.function.parameters, lambda option: option.key),
            _mllib_errors(f"{step.name}(…)"),
        ):
            df = _inside(df, step, skip)
            own = []
            for stage in step.stages:
                _learn_from(stage, step, label)
                own.append(stage.fit(df) if isinstance(stage, Estimator) else stage)
                df = run_stage(df, own[-1], Guards({}, {}))
            if step.filters:
                df = df.where(F.col(VALID))
                _require_rows(df, step)
            guards = _guarded(own, step, guards)
            stages += own
    return FittedSteps(tuple(stages), guards, df)


def fit_estimator(
    fitted: FittedSteps,
    pipeline: FeaturePipeline,
    kind: ModelType,
    given: Settings,
    label: Label | None,
    clause: TransformList | None,
) -> tuple[Any, dict[str, Sequence[float]]]:
    """Fit the estimator of a type on the features; return what it tells of its training, too.

    Raises
    ------
    ParameterError
        If MLlib refuses the estimator with these rows.
    """
    training = fitted.rows
    params: dict[str, Any] = {**given.params, "featuresCol": pipeline.features}
    params |= {param: EXTRAS[param].column for param in given.columns if param in EXTRAS}
    if label and kind.task.target:
        params["labelCol"] = LABEL
        weight = kind.task.target.weight(F.col(LABEL), label, given.params)
        if weight is not None:
            own = F.col(WEIGHT) if "weightCol" in given.columns else F.lit(1.0)
            training = training.withColumn(WEIGHT, own * weight)
            params["weightCol"] = WEIGHT
    if kind.completes:
        width = width_of(training, pipeline.features)
        params |= kind.completes(params, width, len(label.classes) if label else 0)
    if kind.counts and kind.counts(params):
        _check_counts(training, pipeline, fitted.stages, given)
    params |= _bins(training, pipeline.features, kind, given)
    names = _feature_names(training, pipeline.features, clause)
    spelling = spelled(kind.options, lambda option: given.names[option.param])
    with spelling, _mllib_errors(f"MODEL_TYPE '{given.modelType}'", names):
        estimator = kind.unfitted(params).fit(training)
    _check_finite(estimator, given)
    figures = {
        name: values
        for remembers in kind.remembers
        for name, values in remembers(estimator, training).items()
    }
    return estimator, figures


def _check_counts(
    rows: DataFrame, pipeline: FeaturePipeline, stages: Sequence[Any], given: Settings
) -> None:
    """Refuse features below 0, on which some estimators never end.

    Raises
    ------
    ParameterError
        With the first of them.
    """
    least = Summarizer.metrics("min").summary(F.col(pipeline.features))
    row = rows.select(least.alias("found")).first()
    values = row.found.min.toArray() if row else np.zeros(1)
    if values.min() < 0:
        place = int(values.argmin())
        name = FeatureNames(pipeline.inputs, {}).of(stages, pipeline.features)[place]
        gaussian = "; NAIVE_BAYES_TYPE = 'gaussian' takes any" if "bayes" in given.modelType else ""
        raise ParameterError(
            f"MODEL_TYPE '{given.modelType}' takes features from 0 up, such as counts; {name} has "
            f"{values[place]:g}. Leave it out, or scale it by min_max_scaler(…){gaussian}."
        )


def _bins(rows: DataFrame, features: str, kind: ModelType, given: Settings) -> dict[str, int]:
    """Return as many bins as trees need for the categories, if the user asked for no others."""
    option = next((o for o in kind.options if o.param == "maxBins"), None)
    if option is None or given.params["maxBins"] != option.default:
        return {}
    attributes = rows.schema[features].metadata.get("ml_attr", {}).get("attrs", {})
    sizes = [len(each.get("vals", ())) for each in attributes.get("nominal", ())]
    return {"maxBins": max([given.params["maxBins"], *sizes])}


def _check_finite(estimator: Any, given: Settings) -> None:
    """Refuse a model whose weights are not finite: it would predict nothing.

    Raises
    ------
    ParameterError
        If its training has diverged.
    """
    for one in getattr(estimator, "models", [estimator]):
        names = [name for name in _WEIGHTS if hasattr(type(one), name)]
        for name in names[:1] if "coefficientMatrix" in names else names:
            weights = getattr(one, name)
            values = weights.toArray() if hasattr(weights, "toArray") else weights
            if not np.isfinite(np.asarray(values, float)).all():
                step = " a smaller STEP_SIZE or" if one.hasParam("stepSize") else ""
                raise ParameterError(
                    f"MODEL_TYPE '{given.modelType}' has diverged: weights are no finite numbers. "
                    f"Take{step} features of one scale, by standard_scaler(…) in TRANSFORM."
                )


def _learn_from(stage: Any, step: Step, label: Label | None) -> None:
    """Tell a stage that learns from the label where and what it is."""
    if not step.function.labelled:
        return
    stage._set(labelCol=LABEL)
    classes = len(label.classes) if label else 0
    if stage.hasParam("labelType"):
        stage._set(labelType="categorical" if classes else "continuous")
    if stage.hasParam("targetType"):
        if classes > 2:
            raise ParameterError(
                f"{step.name} learns the mean of a label that is a number or has two classes; this "
                f"one has {classes}. Encode by string_indexer and one_hot_encoder."
            )
        stage._set(targetType="binary" if classes else "continuous")


def _guarded(fitted: list[Any], step: Step, guards: Guards) -> Guards:
    """Note what fitted stages do not take, or have not seen."""
    function, buckets, domains = step.function, dict(guards.buckets), dict(guards.domains)
    if function.buckets and not step.keep:
        fitted[-1]._set(handleInvalid="keep")
        buckets[step.output] = function.buckets(fitted[-1])
    if function.domain:
        domains[fitted[0].getOutputCol()] = function.domain(fitted[0])
    return Guards(buckets, domains)


def _require_rows(df: DataFrame, step: Step) -> None:
    """Refuse a filter that leaves no row."""
    if df.isEmpty():
        raise SchemaError(
            f"{step.name}({step.text}) leaves every row of the query out: there is nothing to "
            "learn from. Let it keep more, or leave it out."
        )


def _inside(df: DataFrame, step: Step, skip: bool) -> DataFrame:
    """Refuse training rows that a step does not take, or leave them out."""
    if not step.function.domain:
        return df
    domain, (column,) = step.function.domain(step.stages[0]), step.inputs
    outside = ~within(df, column, domain)
    if skip:
        return df.where(~outside)
    wrong = df.where(outside)
    if not wrong.isEmpty():
        raise SchemaError(_outside(step, domain, wrong, column))
    return df


def _outside(step: Step, domain: tuple[float, float, bool], wrong: DataFrame, column: str) -> str:
    """Say which values a step does not take."""
    row = wrong.select(column).first()
    assert row is not None
    least, most, whole = domain
    if isinstance(row[0], float):
        kind = "whole numbers" if whole else "numbers"
        told = f"has {row[0]:g}; it takes {kind} from {least:g} to {most:g}"
    else:
        told = "is 0 in all elements; it takes vectors with another"
    if isinstance(row[0], float) and not least < most:
        raise ParameterError(
            f"{step.name}({step.text}): the bounds go from {least:g} to {most:g}; they must rise."
        )
    return (
        f"{step.name}({step.text}): {step.text} {told}. Filter or replace such values in the "
        "query, or leave their rows out by OPTIONS(HANDLE_INVALID = 'skip')."
    )


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


@contextmanager
def _mllib_errors(what: str, names: Mapping[str, str] | None = None) -> Iterator[None]:
    """Say in one line what MLlib says, with features by their names."""
    try:
        yield
    except Exception as error:
        told = _told(error)
        if told is None:
            raise
        text = next(iter(told.splitlines()), "").removeprefix("requirement failed: ")
        text = re.sub(r"\b[A-Za-z]+_[0-9a-f]{12}\b ", "", text)
        text = re.sub(
            r"\bfeature (\d+)\b", lambda m: f"feature {(names or {}).get(m[1], m[1])}", text
        )
        raise ParameterError(f"{what} does not go with these rows and options: {text}") from error


def _told(error: Exception) -> str | None:
    """Return what a check of MLlib's says, also where it ran in a job; None if it is none."""
    if isinstance(error, IllegalArgumentException):
        return str(error)
    if isinstance(error, PySparkException) and error.getCondition() == "USER_RAISED_EXCEPTION":
        return (error.getMessageParameters() or {}).get("errorMessage")
    cause = getattr(error, "java_exception", None)
    while cause is not None:
        if cause.getClass().getName() in _CHECKS:
            return str(cause.getMessage()).removeprefix("assertion failed: ")
        cause = cause.getCause()
    return None


_CHECKS = ("java.lang.IllegalArgumentException", "java.lang.AssertionError")
