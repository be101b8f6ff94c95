"""The centres of a fitted clustering, in the units of its inputs or as it compares them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import singledispatch
from typing import Any, Protocol

import numpy as np
from pyspark.ml import PipelineModel, Transformer
from pyspark.ml.feature import StandardScalerModel, VectorAssembler
from pyspark.sql import DataFrame, SparkSession

from sparkfl.errors import CapabilityError
from sparkfl.metrics.centroids import centroid_table
from sparkfl.models.inputs import Inputs
from sparkfl.models.reading import Reading

__all__ = ["centroids"]


class _Fitted(Protocol):
    """What is read of a fitted model."""

    pipeline: PipelineModel
    inputs: Inputs
    features: str


@dataclass(frozen=True)
class _Slot:
    """An element of a vector: the input it is made of, which is ``value * scale + shift``."""

    name: str
    scale: float = 1.0
    shift: float = 0.0


_Columns = dict[str, list[_Slot]]


def centroids(of: Callable[[Any], Any]) -> Callable[..., DataFrame]:
    """Return the answer to ``model_centroids``: a row a cluster and feature.

    Parameters
    ----------
    of : callable
        ``of(fitted)``: the centres of a fitted estimator, shape (k, d).

    Returns
    -------
    callable
        ``answer(model, spark, scaled=False)``; `scaled` leaves the values as TRANSFORM has made
        them. It raises CapabilityError if TRANSFORM cannot be undone and `scaled` is False.
    """

    def answer(model: _Fitted, spark: SparkSession, scaled: bool = False) -> DataFrame:
        centres = np.array(of(model.pipeline.stages[-1]))
        slots = _slots(model)
        if slots is None and not scaled:
            raise CapabilityError(
                "This model's TRANSFORM cannot be undone, so that its centres have no units of the "
                "inputs; OPTIONS(SCALED = TRUE) gives them as TRANSFORM has made them."
            )
        if slots is None:
            slots = [_Slot(f"features[{i}]") for i in range(centres.shape[1])]
        if not scaled:
            centres = centres * [s.scale for s in slots] + [s.shift for s in slots]
        return centroid_table(spark, [s.name for s in slots], centres, [None] * len(centres))

    return answer


def _slots(model: _Fitted) -> list[_Slot] | None:
    """Return what the features are made of, None where a stage cannot be undone."""
    columns = {
        reading.column: _read(model.inputs, reading)
        for reading in model.inputs.readings
        if reading.kind in ("number", "vector")
    }
    for stage in model.pipeline.stages[:-1]:
        _pass(stage, columns)
    return columns.get(model.features)


def _read(inputs: Inputs, reading: Reading) -> list[_Slot]:
    """Return a number's slot, or those of a vector's elements."""
    slots = []
    for part, size in zip(reading.parts, reading.sizes, strict=True):
        column = inputs.columns[part]
        if column.kind == "vector":
            slots += [_Slot(f"{column.name}[{i}]") for i in range(size)]
        else:
            slots.append(_Slot(column.name))
    return slots


@singledispatch
def _pass(stage: Transformer, columns: _Columns) -> None:
    """Add the columns that a stage makes, if it is known how to undo it."""


@_pass.register
def _(stage: VectorAssembler, columns: _Columns) -> None:
    inputs = stage.getInputCols()
    if all(name in columns for name in inputs):
        columns[stage.getOutputCol()] = [slot for name in inputs for slot in columns[name]]


@_pass.register
def _(stage: StandardScalerModel, columns: _Columns) -> None:
    if stage.getInputCol() not in columns:
        return
    with_mean = stage.getOrDefault("withMean")
    std = stage.std.toArray() if stage.getOrDefault("withStd") else np.ones(len(stage.mean))
    # A constant feature is scaled to 0, whatever it was.
    shift = np.where(with_mean | (std == 0), stage.mean.toArray(), 0.0)
    columns[stage.getOutputCol()] = [
        replace(slot, scale=slot.scale * s, shift=slot.scale * m + slot.shift)
        for slot, s, m in zip(columns[stage.getInputCol()], std, shift, strict=True)
    ]
