"""The steps of a pipeline: a transformer's stages, and the rows that they can take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyspark.ml.classification import OneVsRestModel
from pyspark.ml.feature import Interaction, PolynomialExpansion, TargetEncoderModel
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparkfl.columns import kind_of
from sparkfl.models.names import VALID, inner
from sparkfl.models.one_vs_rest import one_vs_rest
from sparkfl.transforms import TRANSFORMERS, Domain, Stage, TransformFunction
from sparkfl.transforms.row_filter import RowFilter

__all__ = ["Guards", "Step", "inputs_of", "run_stage"]


@dataclass(frozen=True)
class Step:
    """An item of TRANSFORM: its stages, one after the other, of which the last makes `output`.

    One that `filters` says which rows are learnt from.
    """

    name: str
    stages: tuple[Stage, ...]
    inputs: tuple[str, ...]
    output: str
    text: str = ""
    keep: bool = False
    filters: bool = False

    @property
    def function(self) -> TransformFunction:
        """The row of its transformer."""
        return TRANSFORMERS[self.name]


@dataclass(frozen=True)
class Guards:
    """What the stages of a fitted pipeline have not learnt, by the columns that they make.

    Attributes
    ----------
    buckets : mapping of str to int
        How many buckets are known; what falls into one more is not valid.
    domains : mapping of str to Domain
        The numbers that a stage takes, and would fail on others.
    """

    buckets: Mapping[str, int]
    domains: Mapping[str, Domain]

    def to_json(self) -> dict[str, object]:
        """Return JSON values; the infinite ones, which JSON has not, as texts."""
        domains = {name: [str(a), str(b), whole] for name, (a, b, whole) in self.domains.items()}
        return {"buckets": dict(self.buckets), "domains": domains}

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Guards:
        """Return what `to_json` gave; format 4 and before have buckets only."""
        domains = value.get("domains", {}).items()
        return cls(value["buckets"], {n: (float(a), float(b), w) for n, (a, b, w) in domains})


def inputs_of(stage: Any) -> list[str]:
    """Return the columns that a stage reads."""
    for name in ("inputCols", "inputCol", "featuresCol"):
        if stage.hasParam(name) and stage.isDefined(name):
            value = stage.getOrDefault(name)
            return list(value) if name == "inputCols" else [str(value)]
    return []


def run_stage(df: DataFrame, stage: Any, guards: Guards) -> DataFrame:
    """Add the column of a fitted stage; rows that it cannot take are not valid any more."""
    output = stage.getOrDefault("outputCol") if stage.hasParam("outputCol") else ""
    if output in guards.domains:
        (column,) = inputs_of(stage)
        inside = within(df, column, guards.domains[output])
        some = _some(df, column, guards.domains[output])
        described = df.schema[column].metadata
        df = df.withColumn(VALID, F.col(VALID) & inside)
        df = df.withColumn(column, F.when(inside, F.col(column)).otherwise(some))
        df = df.withMetadata(column, described)
    if isinstance(stage, OneVsRestModel):
        return one_vs_rest(df, stage, inner("rawPredictionCol"), inner("predictionCol"))
    df = stage.transform(_with_attributes(df, stage))
    df = _described(df, stage, output)
    if isinstance(stage, RowFilter) and stage.filters:
        df = stage.marked(df, VALID)
    if output in guards.buckets:
        known = F.col(output) < guards.buckets[output]
        df = df.withColumn(VALID, F.col(VALID) & known)
        df = df.withColumn(output, F.when(known, F.col(output)).otherwise(F.lit(0.0)))
        # As many as in training, without the bucket for others: Interaction expands them.
        nominal = {"type": "nominal", "num_vals": max(1, guards.buckets[output])}
        df = df.withMetadata(output, {"ml_attr": nominal})
    return df


def within(df: DataFrame, column: str, domain: Domain) -> Column:
    """Return whether a value can be taken; NaN stands for NULL, where there is a bucket for it.

    Of a vector it is the largest size of its elements that counts.
    """
    least, most, whole = domain
    value = F.col(column)
    if _is_vector(df, column):
        value = F.array_max(F.transform(vector_to_array(F.col(column)), lambda x: F.abs(x)))
    inside = value.between(least, most)
    return F.isnan(value) | (inside & (value == F.floor(value)) if whole else inside)


def _is_vector(df: DataFrame, column: str) -> bool:
    return kind_of(df.schema[column].dataType) == "vector"


def _described(df: DataFrame, stage: Any, output: str) -> DataFrame:
    """Correct what MLlib says of a column.

    Of selected features it wrongly says that they are categories, which its trees refuse, and
    means of a label are none. Of products some Sparks do not say how many there are: a stage that
    asks for it would run the query.
    """
    if hasattr(stage, "selectedFeatures"):
        return df.withMetadata(output, {"ml_attr": {"num_attrs": len(stage.selectedFeatures)}})
    if isinstance(stage, TargetEncoderModel):
        return df.withMetadata(output, {"ml_attr": {"type": "numeric"}})
    if isinstance(stage, PolynomialExpansion):
        (column,), degree = inputs_of(stage), stage.getDegree()
        size = df.schema[column].metadata.get("ml_attr", {}).get("num_attrs")
        if size is not None:
            number = math.comb(size + degree, degree) - 1
            return df.withMetadata(output, {"ml_attr": {"num_attrs": number}})
    return df


def _some(df: DataFrame, column: str, domain: Domain) -> Column:
    """Return a value that can be taken."""
    if _is_vector(df, column):
        return array_to_vector(F.transform(vector_to_array(F.col(column)), lambda _: F.lit(1.0)))
    return F.lit(next((bound for bound in domain[:2] if math.isfinite(bound)), 0.0))


def _with_attributes(df: DataFrame, stage: Any) -> DataFrame:
    """Name the elements of vectors for a stage that wants them named."""
    if not isinstance(stage, Interaction):
        return df
    for column in inputs_of(stage):
        known = df.schema[column].metadata.get("ml_attr", {})
        if "num_attrs" in known and "attrs" not in known:
            named = [{"idx": i, "name": f"{column}_{i}"} for i in range(known["num_attrs"])]
            attributes = {"attrs": {"numeric": named}, "num_attrs": len(named)}
            df = df.withMetadata(column, {"ml_attr": attributes})
    return df
