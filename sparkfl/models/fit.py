"""Fit a pipeline, and say what MLlib says of it in a user's words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pyspark.errors import IllegalArgumentException
from pyspark.ml import Estimator, PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.errors import ParameterError
from sparkfl.models.model_type import ModelType
from sparkfl.models.names import LABEL, WEIGHT, item_column
from sparkfl.models.pipeline import FeaturePipeline
from sparkfl.models.settings import Settings
from sparkfl.models.tasks import Label
from sparkfl.options import spelled
from sparkfl.transforms import TRANSFORMERS, Stage
from sparkfl.transforms.clause import TransformItem, TransformList

__all__ = ["fit"]


def fit(
    rows: DataFrame,
    pipeline: FeaturePipeline,
    kind: ModelType,
    given: Settings,
    label: Label | None,
    clause: TransformList | None,
) -> PipelineModel:
    """Fit the stages and the estimator on the valid rows.

    Raises
    ------
    ParameterError
        If MLlib refuses a transformer, or the estimator, with these rows.
    """
    training = pipeline.inputs.read(rows)
    params: dict[str, Any] = {**given.params, "featuresCol": pipeline.features}
    if "weightCol" in given.columns:
        params["weightCol"] = WEIGHT
    if label and kind.task.target:
        target = kind.task.target
        training = training.withColumn(LABEL, target.encode(F.col(LABEL), label))
        training = training.withMetadata(LABEL, target.metadata(label))
        params["labelCol"] = LABEL
    stages = []
    for stage in pipeline.stages:
        fitted, training = _transformed(stage, training, clause)
        stages.append(fitted)
    names = _feature_names(training, pipeline.features, clause)
    spelling = spelled(kind.options, lambda option: given.names[option.param])
    with spelling, _mllib_errors(f"MODEL_TYPE '{given.modelType}'", names):
        return PipelineModel([*stages, kind.unfitted(params).fit(training)])


def _transformed(
    stage: Stage, df: DataFrame, clause: TransformList | None
) -> tuple[Any, DataFrame]:
    """Fit a stage of TRANSFORM, if it is to be fitted, and transform by it."""
    items = {item_column(place): item for place, item in enumerate(clause.items if clause else ())}
    item: TransformItem = items[stage.getOrDefault("outputCol")]
    options = TRANSFORMERS[item.function].parameters
    with spelled(options, lambda option: option.key), _mllib_errors(f"{item.function}(…)"):
        fitted = stage.fit(df) if isinstance(stage, Estimator) else stage
        return fitted, fitted.transform(df)


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
    except IllegalArgumentException as error:
        text = next(iter(str(error).splitlines()), "").removeprefix("requirement failed: ")
        text = re.sub(r"\b[A-Za-z]+_[0-9a-f]{12}\b ", "", text)
        text = re.sub(
            r"\bfeature (\d+)\b", lambda m: f"feature {(names or {}).get(m[1], m[1])}", text
        )
        raise ParameterError(f"{what} does not go with these rows and options: {text}") from error
