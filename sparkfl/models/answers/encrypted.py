"""A fitted model as sums of weighted features, which can be had of ciphertext."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.ml.classification import LinearSVCModel, LogisticRegressionModel, OneVsRestModel
from pyspark.ml.clustering import KMeansModel
from pyspark.ml.feature import PCAModel, VectorAssembler, VectorSlicer
from pyspark.ml.regression import (
    AFTSurvivalRegressionModel,
    GeneralizedLinearRegressionModel,
    LinearRegressionModel,
)

from sparkfl.encryption import Description, Forms
from sparkfl.errors import CapabilityError
from sparkfl.models.answers.weights import coefficients
from sparkfl.models.scalers import linear_of
from sparkfl.models.steps import inputs_of
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from sparkfl.models.answers.model import Asked

__all__ = ["encrypted_forms"]

_LINKS = {
    "identity": "identity",
    "inverse": "reciprocal",
    "log": "exponential",
    "logit": "logistic",
    "sqrt": "square",
}
_USUAL = {"gaussian": "identity", "binomial": "logit", "poisson": "log", "gamma": "inverse"}

Affine = tuple[Matrix, Matrix]
"""A vector as ``A x + b`` of the numbers of a row: A of shape (elements, d), b (elements,)."""


def encrypted_forms(model: Asked) -> Forms:
    """Return the sums that a linear model or a clustering is made of, for `ml_predict_encrypted`.

    Raises
    ------
    CapabilityError
        If what it says does not follow from weighted sums of its inputs, or of their squares.
    """
    names, known = _read(model)
    for stage in model.pipeline.stages[:-1]:
        _pass(stage, known)
    if model.features not in known:
        raise CapabilityError(
            "ml_predict_encrypted reads numbers and vectors by vector_assembler, scalers, pca and "
            "vector_slicer alone, which are weighted sums. This model's TRANSFORM makes its "
            "features in another way: make those columns in the query that it is trained on, "
            "where the client can make them, too."
        )
    matrix, offset = known[model.features]
    fitted = model.fitted
    make = next((make for class_, make in _FORMS.items() if isinstance(fitted, class_)), None)
    if make is None:
        raise _unknown(model, type(fitted).__name__)
    return make(model, names, matrix, offset)


def _read(model: Asked) -> tuple[tuple[str, ...], dict[str, Affine]]:
    """Return the names of a row's numbers, and the pipeline's columns that are read of them."""
    inputs = model.inputs
    sizes: dict[int, int] = {}
    for reading in inputs.readings:
        if reading.kind not in ("number", "vector"):
            column = inputs.columns[reading.parts[0]]
            raise CapabilityError(
                f"ml_predict_encrypted reads numbers and vectors; {column.name} is read as "
                f"{reading.kind}. Train the model on numbers alone."
            )
        sizes |= zip(reading.parts, reading.sizes, strict=True)
    names: list[str] = []
    places: dict[int, range] = {}
    for part in sorted(sizes):
        column, size = inputs.columns[part], sizes[part]
        places[part] = range(len(names), len(names) + size)
        is_vector = column.kind == "vector"
        names += [f"{column.name}[{i}]" for i in range(size)] if is_vector else [column.name]
    every = np.eye(len(names))
    known = {}
    for reading in inputs.readings:
        own = [place for part in reading.parts for place in places[part]]
        known[reading.column] = every[own], np.zeros(len(own))
    return tuple(names), known


def _pass(stage: Any, known: dict[str, Affine]) -> None:
    """Add the column that a stage makes, if it is a weighted sum of what is known."""
    columns = inputs_of(stage)
    if not all(name in known for name in columns):
        return
    parts = [known[name] for name in columns]
    matrix, offset = (np.concatenate(part) for part in zip(*parts, strict=True))
    linear = linear_of(stage)
    if isinstance(stage, VectorSlicer):
        own = list(stage.getIndices())
        matrix, offset = matrix[own], offset[own]
    elif isinstance(stage, PCAModel):
        components = stage.pc.toArray().T
        matrix, offset = components @ matrix, components @ offset
    elif linear is not None:
        matrix = linear.factor[:, None] * matrix
        offset = (offset - linear.shift) * linear.factor + linear.offset
    elif not isinstance(stage, VectorAssembler):
        return
    known[stage.getOrDefault("outputCol")] = matrix, offset


_Make = Callable[["Asked", tuple[str, ...], Matrix, Matrix], Forms]


def _sums(description: Description, weights: Matrix, matrix: Matrix, offset: Matrix) -> Forms:
    """Return sums of features, whose last weight is the intercept, as sums of inputs."""
    constant = weights[:, :-1] @ offset + weights[:, -1]
    return Forms(description, constant, weights[:, :-1] @ matrix)


def _finished(finish: str) -> _Make:
    """Return what makes a sum, of which the finish is a function."""

    def make(model: Asked, names: tuple[str, ...], matrix: Matrix, offset: Matrix) -> Forms:
        return _sums(Description(names, finish), coefficients(model.fitted), matrix, offset)

    return make


def _logistic(model: Asked, names: tuple[str, ...], matrix: Matrix, offset: Matrix) -> Forms:
    weights = coefficients(model.fitted)
    if _classes(model) is not None and len(_classes(model)) == 2:
        log_odds = weights if len(weights) == 1 else weights[1:] - weights[:1]
        return _sums(Description(names, "logistic"), log_odds, matrix, offset)
    return _strongest(model, names, matrix, offset)


def _strongest(model: Asked, names: tuple[str, ...], matrix: Matrix, offset: Matrix) -> Forms:
    description = Description(names, "strongest", {"classes": _classes(model)})
    return _sums(description, coefficients(model.fitted), matrix, offset)


def _above(model: Asked, names: tuple[str, ...], matrix: Matrix, offset: Matrix) -> Forms:
    settings = {"classes": _classes(model), "threshold": model.fitted.getThreshold()}
    description = Description(names, "above", settings)
    return _sums(description, coefficients(model.fitted), matrix, offset)


def _one_vs_rest(model: Asked, names: tuple[str, ...], matrix: Matrix, offset: Matrix) -> Forms:
    known = LinearSVCModel | LogisticRegressionModel
    other = next((one for one in model.fitted.models if not isinstance(one, known)), None)
    if other is not None:
        raise _unknown(model, type(other).__name__)
    return _strongest(model, names, matrix, offset)


def _generalized(model: Asked, names: tuple[str, ...], matrix: Matrix, offset: Matrix) -> Forms:
    fitted = model.fitted
    family = fitted.getFamily()
    link = fitted.getLink() if fitted.isDefined("link") else _USUAL.get(family, "")
    if link not in _LINKS or family not in _USUAL or fitted.isSet("offsetCol"):
        raise _unknown(model, f"family {family}, link {link or 'power'}, or an offset")
    return _finished(_LINKS[link])(model, names, matrix, offset)


def _nearest(model: Asked, names: tuple[str, ...], matrix: Matrix, offset: Matrix) -> Forms:
    """Return squared distances from the centres, where each feature is of one input."""
    fitted = model.fitted
    if fitted.getDistanceMeasure() != "euclidean":
        raise _unknown(model, f"the distance {fitted.getDistanceMeasure()}")
    if ((matrix != 0).sum(axis=1) > 1).any():
        raise _unknown(model, "pca, by which squares are of several inputs")
    centres = np.array(fitted.clusterCenters())
    away = offset - centres
    square = np.tile((matrix**2).sum(axis=0), (len(centres), 1))
    description = Description(names, "nearest", squares=True)
    return Forms(description, (away**2).sum(axis=1), 2.0 * away @ matrix, square)


def _classes(model: Asked) -> list[Any]:
    assert model.label is not None
    return list(model.label.classes)


def _unknown(model: Asked, what: str) -> CapabilityError:
    return CapabilityError(
        f"ml_predict_encrypted cannot be asked of a {type(model.fitted).__name__} with these "
        f"options ({what}): ciphertext can be weighed and added up, and no more. Models that say "
        "sums of weighted features, their usual links, or the nearest centre by Euclidean distance "
        "can be asked."
    )


_FORMS: Mapping[type, _Make] = {
    AFTSurvivalRegressionModel: _finished("exponential"),
    GeneralizedLinearRegressionModel: _generalized,
    KMeansModel: _nearest,
    LinearRegressionModel: _finished("identity"),
    LinearSVCModel: _above,
    LogisticRegressionModel: _logistic,
    OneVsRestModel: _one_vs_rest,
}
