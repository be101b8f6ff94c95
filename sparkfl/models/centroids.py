"""The centres of a fitted clustering, in the units of its inputs or as it compares them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import singledispatch
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from pyspark.ml import Transformer
from pyspark.ml.clustering import GaussianMixtureModel
from pyspark.ml.feature import ImputerModel, StandardScalerModel, VectorAssembler
from pyspark.sql import DataFrame, SparkSession

from sparkfl.errors import CapabilityError
from sparkfl.metrics.centroids import centroid_table
from sparkfl.models.inputs import InputColumn

if TYPE_CHECKING:
    from sparkfl.models.fitted import SqlModel

__all__ = ["centroids"]


@dataclass(frozen=True)
class _Slot:
    """An element of a vector: the input it is made of, which is ``value * scale + shift``."""

    name: str
    scale: float = 1.0
    shift: float = 0.0


_Columns = dict[str, list[_Slot]]


def centroids(model: SqlModel, spark: SparkSession, scaled: bool = False) -> DataFrame:
    """Return the centres of the clusters, a row a cluster and feature.

    Parameters
    ----------
    model : SqlModel
        A fitted clustering.
    spark : pyspark.sql.SparkSession
        Session of the result.
    scaled : bool, default False
        Whether to leave the values as TRANSFORM has made them.

    Raises
    ------
    CapabilityError
        If TRANSFORM cannot be undone and `scaled` is False.
    """
    centres = _centres(model.pipeline.stages[-1])
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


def _centres(fitted: Any) -> npt.NDArray[np.float64]:
    """Return the centres of a fitted clustering, shape (k, d)."""
    if isinstance(fitted, GaussianMixtureModel):
        return np.array([gaussian.mean.toArray() for gaussian in fitted.gaussians])
    return np.array(fitted.clusterCenters())


def _slots(model: SqlModel) -> list[_Slot] | None:
    """Return what the features are made of, None where a stage cannot be undone."""
    columns: _Columns = {i.column: _inputs(i) for i in model.inputs}
    for stage in model.pipeline.stages[:-1]:
        _pass(stage, columns)
    return columns.get(model.features)


def _inputs(column: InputColumn) -> list[_Slot]:
    """Return a number's slot, or those of a vector's elements."""
    if not column.size:
        return [_Slot(column.path)]
    return [_Slot(f"{column.path}[{i}]") for i in range(column.size)]


@singledispatch
def _pass(stage: Transformer, columns: _Columns) -> None:
    """Add the columns that a stage makes, if it is known how to undo it."""


@_pass.register
def _(stage: VectorAssembler, columns: _Columns) -> None:
    inputs = stage.getInputCols()
    if all(name in columns for name in inputs):
        columns[stage.getOutputCol()] = [slot for name in inputs for slot in columns[name]]


@_pass.register
def _(stage: ImputerModel, columns: _Columns) -> None:
    for name, output in zip(stage.getInputCols(), stage.getOutputCols(), strict=True):
        if name in columns:
            columns[output] = columns[name]


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
