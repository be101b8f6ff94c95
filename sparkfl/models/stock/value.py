"""What `ml_predict` says of a row, as a function of stock SQL that may call one of workers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.ml import PipelineModel

from sparkfl.columns import quote, vectorized
from sparkfl.execution.let import let
from sparkfl.execution.stock_function import WORKER, StockFunction, parameter_names
from sparkfl.models.frame_model import FrameModel
from sparkfl.models.names import COMPONENTS, ROW, VALID
from sparkfl.models.series_fit import PLACED, placed
from sparkfl.models.stock.function import has_formula, stock_function
from sparkfl.models.stock.in_workers import worker_function
from sparkfl.models.stock.stages import WrittenStages

if TYPE_CHECKING:
    from sparkfl.columns import InputColumn
    from sparkfl.models.fitted import SqlModel
    from sparkfl.models.relation_model import RelationModel
    from sparkfl.models.series_model import SeriesModel

__all__ = ["relation_function", "series_function", "value_function"]


def value_function(model: SqlModel) -> StockFunction:
    """Return the function of a model's columns that gives its `SqlModel.value`.

    Raises
    ------
    CapabilityError
        If what MLlib does is known neither as a formula nor to workers.
    """
    if isinstance(model.fitted, PipelineModel):
        return _components(model, model.fitted)
    if not isinstance(model, FrameModel) and has_formula(model):
        return stock_function(model, probable=True)
    return worker_function(model)


def _components(model: SqlModel, fitted: PipelineModel) -> StockFunction:
    """Return the function that gives the principal components, an array."""
    inputs = model.inputs
    names = parameter_names([column.name for column in inputs.columns])
    stages = WrittenStages(inputs, model.guards, model.files).add([*model.stages, *fitted.stages])
    told = " AND ".join(["true", *stages.conditions])
    found = let(stages.texts, f"CASE WHEN {told} THEN {COMPONENTS} END")
    row = inputs.packed_sql(list(map(quote, names)))
    return StockFunction(
        tuple(zip(names, inputs.parameter_types(), strict=True)),
        "ARRAY<DOUBLE>",
        let({ROW: row, VALID: inputs.valid_sql()}, f"CASE WHEN {VALID} THEN {found} END"),
    )


def series_function(model: SeriesModel) -> StockFunction:
    """Return the function of the moment, and the group, that gives what a series is there."""
    names = parameter_names([column.name for column in model.columns])
    group = quote(names[1]) if model.group else "NULL"
    given = f"{_moment(model.time, quote(names[0]))}, CAST(NULL AS DOUBLE)"
    return StockFunction(
        tuple(zip(names, [column.type.upper() for column in model.columns], strict=True)),
        "DOUBLE",
        f"{WORKER}({given}, CAST({group} AS STRING)).value",
        worker=vectorized(placed(model.fits, model.level), f"struct<{PLACED}>"),
    )


def _moment(time: InputColumn, name: str) -> str:
    """Write `series_model.moment_of`."""
    if time.kind == "number":
        return f"CAST({name} AS BIGINT)"
    epoch = "TIMESTAMP_NTZ '1970-01-01 00:00:00'"
    return f"timestampdiff(MICROSECOND, {epoch}, CAST({name} AS TIMESTAMP_NTZ))"


def relation_function(model: RelationModel) -> StockFunction:
    """Return the function of the columns that a model of tables predicts from."""
    columns = model.columns
    names = parameter_names([column.name for column in columns])
    given = [f"CAST({quote(n)} AS {type_})" for n, type_ in zip(names, model.read_as, strict=True)]
    return StockFunction(
        tuple(zip(names, [column.type.upper() for column in columns], strict=True)),
        model.type.returns.upper(),
        f"{WORKER}({', '.join(given)})",
        worker=model.teller(),
    )
