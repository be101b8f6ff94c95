"""What a model says of a row where workers of Python say it: the features in SQL before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from sparkfl.columns import matrix_of, quote, vectorized
from sparkfl.errors import CapabilityError
from sparkfl.execution.let import chained
from sparkfl.execution.stock_function import WORKER, StockFunction, parameter_names
from sparkfl.models.extras import OFFSET
from sparkfl.models.frame_model import FrameModel
from sparkfl.models.frame_score import scorer
from sparkfl.models.frame_type import FrameType
from sparkfl.models.names import ROW, VALID
from sparkfl.models.stock.numeric import Score, scores
from sparkfl.models.stock.stages import WrittenStages
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from sparkfl.models.fitted import SqlModel

__all__ = ["worker_function"]

Known = npt.NDArray[np.bool_]
Tell = Callable[[pa.Array, pa.Array], tuple[Known, Matrix]]
"""Gives of features and groups whether each row is known, and its value."""


def worker_function(model: SqlModel) -> StockFunction:
    """Return the function of a model's columns that gives its `SqlModel.value`.

    Raises
    ------
    CapabilityError
        If neither the stages nor the estimator are known outside of MLlib.
    """
    inputs, columns = model.inputs, model.columns
    names = parameter_names([column.name for column in columns])
    stages = WrittenStages(inputs, model.guards, model.files).add(model.stages)
    told = " AND ".join(["true", *stages.conditions])
    row = inputs.packed_sql(list(map(quote, names[: len(inputs.columns)])))
    features = model.features
    if OFFSET in stages.texts:
        features = f"concat({features}, array({OFFSET}))"
    given = chained(
        {ROW: row, VALID: inputs.valid_sql(), **stages.texts},
        f"CASE WHEN {VALID} AND {told} THEN {features} END",
    )
    own = names[len(inputs.columns) :]
    group = f"CAST({quote(own[0]) if own else 'NULL'} AS STRING)"
    param, _ = model.value
    value = f"{WORKER}({given}, {group})"
    decoded = param == "predictionCol"
    types = [*inputs.parameter_types(), *[c.type.upper() for c in columns[len(inputs.columns) :]]]
    return StockFunction(
        tuple(zip(names, types, strict=True)),
        model.outputFields()[0].type.upper() if decoded else "DOUBLE",
        model.decoded_sql(value) if decoded else value,
        worker=vectorized(_in_place(_teller(model)), "double"),
    )


def _teller(model: SqlModel) -> Tell:
    """Return what tells the value of rows whose features are valid."""
    param, place = model.value
    if isinstance(model, FrameModel):
        return _of_arrays(model, param, place)
    known = scores(model.fitted, model.files_of_estimator())
    if known is None or param not in known:
        raise CapabilityError(
            f"What a model of type {model.modelType} with these options says of a row is known to "
            "MLlib alone, which no expression can ask without sparkfl's extension. Write FROM "
            "model_predict(model, version, query)."
        )
    return _of_numbers(known[param], place)


def _of_numbers(score: Score, place: int | None) -> Tell:
    def tell(features: pa.Array, _group: pa.Array) -> tuple[Known, Matrix]:
        found = score(matrix_of(features))
        return np.ones(len(features), bool), found if place is None else found[:, place]

    return tell


def _of_arrays(model: FrameModel, param: str, place: int | None) -> Tell:
    kind, classes = model.type, len(model.label.classes) if model.label else 0
    assert isinstance(kind, FrameType)
    score = scorer(kind, model.fits, [param], classes)

    def tell(features: pa.Array, group: pa.Array) -> tuple[Known, Matrix]:
        told = score(features, group)
        found = told.field(param)
        values = found.to_numpy(zero_copy_only=False) if place is None else matrix_of(found)
        known = told.field("known").to_numpy(zero_copy_only=False)
        return known, values if place is None else values[:, place]

    return tell


def _in_place(tell: Tell) -> Callable[[pa.Array, pa.Array], pa.Array]:
    """Return what tells the rows that have features, and NULL of the others."""

    def told(features: pa.Array, group: pa.Array) -> pa.Array:
        there = features.is_valid()
        places = np.flatnonzero(there.to_numpy(zero_copy_only=False))
        values, absent = np.full(len(features), np.nan), np.ones(len(features), bool)
        if len(places):
            known, found = tell(features.filter(there), group.filter(there))
            values[places], absent[places] = found, ~known
        return pa.array(values, mask=absent)

    return told
