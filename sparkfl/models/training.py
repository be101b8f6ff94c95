"""Train a model of CREATE MODEL from its query."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from pyspark.ml import Pipeline
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkfl.errors import ParameterError, SchemaError
from sparkfl.models.fitted import PREDICTION, SqlModel
from sparkfl.models.inputs import all_valid, clean, source
from sparkfl.models.pipeline import INTERNAL, FeaturePipeline, automatic, declared
from sparkfl.models.types import MODEL_TYPES, model_type
from sparkfl.options import Option, resolve
from sparkfl.transforms.clause import TransformList

__all__ = ["COMMON_OPTIONS", "cached", "train"]

COMMON_OPTIONS: Sequence[Option] = (
    Option("modelType", str, aliases=("TYPE",)),
    Option("handleInvalid", str, "error", choices=("error", "skip")),
    Option("predictionCol", "column", "prediction"),
)
_WEIGHT = INTERNAL + "weight"


@dataclass(frozen=True)
class _Settings:
    """OPTIONS, sorted by who reads them."""

    modelType: str
    handleInvalid: str
    predictionCol: str
    hidden: dict[str, str]
    params: dict[str, object]


def train(
    spark: SparkSession, query: str, options: Mapping[str, object], clause: TransformList | None
) -> SqlModel:
    """Run a training query once and fit its pipeline.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session the query runs in.
    query : str
        The query after AS.
    options : mapping
        OPTIONS, keys in upper case.
    clause : TransformList or None
        TRANSFORM; None for the automatic preprocessing of numeric columns.

    Raises
    ------
    ParameterError
        If an option or transformer is unknown or invalid, or there are fewer rows than clusters.
    SchemaError
        If the query is empty, lacks a column, or has values that are NULL, NaN or infinite.
    """
    settings = _settings(options)
    df = spark.sql(query)
    weight = str(settings.params.get("weightCol", ""))
    pipeline = declared(clause, df.schema) if clause else automatic(df.schema, (weight.lower(),))
    with cached(_project(df, pipeline, weight)) as rows:
        pipeline = _checked(rows, pipeline, settings)
        return _fit(rows, pipeline, settings, clause)


def _settings(options: Mapping[str, object]) -> _Settings:
    """Resolve OPTIONS of the model type they name."""
    name = model_type(options)
    kind = MODEL_TYPES[name]
    params = resolve(options, [*COMMON_OPTIONS, *kind.options], f"MODEL_TYPE '{name}'")
    del params["modelType"]
    handle_invalid = str(params.pop("handleInvalid"))
    prediction = str(params.pop("predictionCol"))
    hidden = {INTERNAL + p: str(params[p]) for p in kind.hidden}
    params.update({p: INTERNAL + p for p in kind.hidden})
    return _Settings(name, handle_invalid, prediction, hidden, params)


def _project(df: DataFrame, pipeline: FeaturePipeline, weight: str) -> DataFrame:
    """Select the pipeline's inputs from the query, under their inner names."""
    columns = [source(df, i.path).alias(i.column) for i in pipeline.inputs]
    if weight:
        columns.append(source(df, weight).cast("double").alias(_WEIGHT))
    return df.select(*columns)


@contextmanager
def cached(df: DataFrame) -> Iterator[DataFrame]:
    """Evaluate a query once, though training reads it several times."""
    rows = df.persist()
    try:
        yield rows
    finally:
        rows.unpersist()


def _checked(rows: DataFrame, pipeline: FeaturePipeline, settings: _Settings) -> FeaturePipeline:
    """Count rows and invalid values in one job; return the pipeline with its vectors' sizes."""
    columns = [F.col(i.column) for i in pipeline.inputs]
    counts = {i.column: F.count_if(~i.valid(F.col(i.column))) for i in pipeline.inputs}
    sizes = {
        i.column + "_size": F.max(F.size(i.value(F.col(i.column))))
        for i in pipeline.inputs
        if i.type == "vector" or i.type.startswith("array")
    }
    measured = rows.agg(
        F.count(F.lit(1)).alias("rows"),
        F.count_if(all_valid(pipeline.inputs, columns)).alias("valid"),
        *[c.alias(name) for name, c in {**counts, **sizes}.items()],
    ).first()
    assert measured is not None
    if measured["rows"] == 0:
        raise SchemaError("The training query gives no rows; check its FROM and WHERE.")
    invalid = {i.path: measured[i.column] for i in pipeline.inputs if measured[i.column]}
    if invalid and settings.handleInvalid == "error":
        listed = ", ".join(f"{name}: {n} of {measured['rows']} rows" for name, n in invalid.items())
        raise SchemaError(
            f"NULL, NaN or infinite values in {listed}. Filter or replace them in the query, or "
            "leave such rows out by OPTIONS(HANDLE_INVALID = 'skip')."
        )
    k = settings.params.get("k")
    if isinstance(k, int) and measured["valid"] < k:
        raise ParameterError(
            f"NUM_CLUSTERS = {k}, but there are {measured['valid']} rows to train on; "
            "ask for fewer clusters or give more rows."
        )
    sized = [
        replace(i, size=measured.asDict().get(i.column + "_size") or 0) for i in pipeline.inputs
    ]
    return replace(pipeline, inputs=sized)


def _fit(
    rows: DataFrame, pipeline: FeaturePipeline, settings: _Settings, clause: TransformList | None
) -> SqlModel:
    """Fit the stages and the estimator on the valid rows."""
    kind = MODEL_TYPES[settings.modelType]
    params = dict(settings.params)
    if "weightCol" in params:
        params["weightCol"] = _WEIGHT
    columns = [F.col(i.column) for i in pipeline.inputs]
    valid = rows.where(all_valid(pipeline.inputs, columns))
    training = clean(valid, pipeline.inputs, columns)
    estimator = kind.estimator(pipeline.features, PREDICTION, params)
    fitted = Pipeline(stages=[*pipeline.stages, estimator]).fit(training)
    return SqlModel(
        modelType=settings.modelType,
        pipeline=fitted,
        inputs=tuple(pipeline.inputs),
        features=pipeline.features,
        outputs={PREDICTION: settings.predictionCol, **settings.hidden},
        clause=clause,
    )
