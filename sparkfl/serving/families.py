"""From a stored type to what its models can be asked, and how they are trained again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from pyspark.sql import DataFrame

from sparkfl.errors import CapabilityError, ParameterError
from sparkfl.execution.stock_function import StockFunction
from sparkfl.federation import scoring
from sparkfl.federation.data import FederationData
from sparkfl.federation.options import ALGORITHM
from sparkfl.models.answers.components import principal_components
from sparkfl.models.answers.feature_info import feature_info
from sparkfl.models.answers.training_info import training_info
from sparkfl.models.answers.trials import model_trials
from sparkfl.models.fitted import SqlModel
from sparkfl.models.frame_model import FrameModel
from sparkfl.models.frame_type import FrameType
from sparkfl.models.preview import TRANSFORM, SqlTransform
from sparkfl.models.relation_model import RelationModel
from sparkfl.models.series_model import SeriesModel
from sparkfl.models.settings import MODEL_TYPE
from sparkfl.models.stock import (
    relation_function,
    series_function,
    stock_function,
    value_function,
)
from sparkfl.models.types import (
    FORECASTING_TYPES,
    MODEL_TYPES,
    PREFIX,
    RELATION_TYPES,
    AnyType,
    RelationType,
    canonical,
    row_of,
)
from sparkfl.options import Option
from sparkfl.registry import MLFLOW, MlflowModel, ModelVersion
from sparkfl.serving.federated import FEDERATED_CAPABILITIES, train_again
from sparkfl.serving.single import group_verdicts, trained_single
from sparkfl.serving.trained import Trained
from sparkfl.serving.unpredicted import handling
from sparkfl.transforms.clause import TransformList

__all__ = ["FAMILIES", "Family", "family"]


@dataclass(frozen=True)
class Family:
    """Models that can be asked the same and are trained alike.

    Attributes
    ----------
    capabilities : mapping of str to callable
        What they can be asked: ``answer(model, query, **options)`` gives a frame, as a plan. For a
        question that has no query it gets the session.
    train_again : callable
        ``train_again(before, rows, options, clause, incremental)``: a model of a query's rows,
        trained as `before` was; incrementally it keeps of that one what need not change.
    model_type : Option
        The option without which none is trained.
    store_of : callable
        ``store_of(model)``: the column that PARTITION BY names, None if there is none.
    federated : bool
        Whether CREATE FEDERATED MODEL trains them.
    publishes : callable, optional
        ``publishes(model)``: what they predict as a function of stock SQL.
    tells : callable, optional
        ``tells(model)``: what `ml_predict` says of a row as a function of stock SQL, which may
        call one of workers.
    """

    capabilities: Mapping[str, Callable[..., DataFrame]]
    train_again: Callable[..., Trained]
    model_type: Option
    store_of: Callable[[Any], str | None] = lambda _: None
    federated: bool = False
    publishes: Callable[[Any], StockFunction] | None = None
    tells: Callable[[Any], StockFunction] | None = None


def _train_single(
    before: SqlModel | SeriesModel | RelationModel,
    rows: DataFrame,
    options: Mapping[str, object],
    clause: TransformList | None,
    incremental: bool,
) -> Trained:
    """Train a single model again, from nothing."""
    if incremental:
        raise ParameterError(
            f"INCREMENTAL = true, but the model is a {before.modelType}: it has no stores to keep. "
            "Leave INCREMENTAL out."
        )
    return trained_single(rows, options, clause or before.clause, _group_of(before))


def _refuse(before: Any, *_: object) -> Trained:
    """Refuse to train what was not trained by CREATE MODEL."""
    raise CapabilityError(
        f"A model of type {before.modelType} is not trained by a statement; make its next version "
        "as this one was made."
    )


def _of_type(row: AnyType) -> Family:
    """Return the family of the models of a type."""
    return Family(
        _single(row),
        _train_single,
        MODEL_TYPE,
        _group_of,
        publishes=stock_function,
        tells=value_function,
    )


def _group_of(model: SqlModel | SeriesModel | RelationModel) -> str | None:
    return model.by[0] if model.by else None


def _single(row: AnyType) -> dict[str, Callable[..., DataFrame]]:
    """Return what models of a type can be asked."""
    questions = {question: partial(_ask, question=question) for question in row.task.questions}
    of_arrays = _OF_ARRAYS if isinstance(row, FrameType) else {}
    detect = {"detect": FrameModel.detect} if "scoreCol" in row.outputs else {}
    return {**_SINGLE, **questions, **of_arrays, **detect, **row.capabilities}


def _ask(model: SqlModel, query: DataFrame, question: str, **options: Any) -> DataFrame:
    return model.ask(question, query, **options)


_OF_ARRAYS: dict[str, Callable[..., DataFrame]] = {"verdicts": group_verdicts}
_SINGLE: dict[str, Callable[..., DataFrame]] = {
    "predict": handling(SqlModel.predict),
    "evaluate": SqlModel.evaluate,
    "transform": SqlModel.transform,
    "feature_info": feature_info,
    "training_info": training_info,
    "trials": model_trials,
    "principal_components": principal_components,
}
_SERIES: dict[str, Callable[..., DataFrame]] = {
    "predict": handling(SeriesModel.predict),
    "evaluate": SeriesModel.evaluate,
    "detect": SeriesModel.detect,
    "forecast": SeriesModel.forecast,
    "verdicts": group_verdicts,
    "training_info": training_info,
}


def _of_relations(row: RelationType) -> Family:
    """Return the family of models that are tables."""
    told = {"predict": handling(RelationModel.predict)} if row.tells is not None else {}
    own = {**row.capabilities, **told, "training_info": training_info}
    return Family(own, _train_single, MODEL_TYPE, tells=relation_function if told else None)


FAMILIES: Mapping[str, Family] = {
    **{name: _of_type(row) for name, row in MODEL_TYPES.items()},
    **{name: _of_relations(row) for name, row in RELATION_TYPES.items()},
    **dict.fromkeys(
        FORECASTING_TYPES,
        Family(_SERIES, _train_single, MODEL_TYPE, _group_of, tells=series_function),
    ),
    FederationData.modelType: Family(
        FEDERATED_CAPABILITIES,
        train_again,
        ALGORITHM,
        lambda model: model.data.inputs.store_col,
        federated=True,
        publishes=lambda model: scoring.stock_function(model.data),
        tells=lambda model: scoring.stock_function(model.data).field("anomaly_score", "DOUBLE"),
    ),
    TRANSFORM: Family({"transform": SqlTransform.transform}, _refuse, MODEL_TYPE),
    MLFLOW: Family(
        {"predict": handling(MlflowModel.predict)},
        _refuse,
        MODEL_TYPE,
        tells=MlflowModel.value_function,
    ),
}


def family(version: ModelVersion) -> Family:
    """Return the family of a version.

    Raises
    ------
    CapabilityError
        If SQL knows no models of its type.
    """
    name = version.model_type
    if name.startswith(PREFIX):
        return _of_type(row_of(name))
    found = FAMILIES.get(canonical(name))
    if found is None:
        raise CapabilityError(
            f"Model {version.name!r} is of type {version.model_type}, which cannot be asked in "
            f"SQL. Load it by mlflow.pyfunc.load_model('models:/{version.name}/{version.version}')."
        )
    return found
