"""CREATE MODEL: a single model trained, or one for each group of PARTITION BY."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from sparkfl.errors import CapabilityError, ParameterError
from sparkfl.metrics.groups import group_name
from sparkfl.models.answers.table import table
from sparkfl.models.fitted import SqlModel
from sparkfl.models.frame_model import FrameModel
from sparkfl.models.group_fit import GroupFit
from sparkfl.models.relation_model import train_relation
from sparkfl.models.search import Search, search_of, searched
from sparkfl.models.series_model import SeriesModel
from sparkfl.models.series_training import train_series
from sparkfl.models.training import train
from sparkfl.models.types import RelationType, SeriesType, model_type, type_of
from sparkfl.serving.trained import Trained
from sparkfl.transforms.clause import TransformList

__all__ = ["group_verdicts", "trained_best", "trained_single"]

_VERDICTS = (
    "verdict string, detail string, rows bigint, skipped_rows bigint, released_clusters int, "
    "merged_rows bigint, strategy string, entity string"
)


def trained_single(
    rows: DataFrame,
    options: Mapping[str, object],
    clause: TransformList | None,
    partition: str | None = None,
) -> Trained:
    """Train a model, with the number of its groups and of those that have a model."""
    name, _ = model_type(options)
    kind, search = type_of(name), search_of(options)
    if isinstance(kind, SeriesType | RelationType):
        _refuse(name, search, clause)
    if isinstance(kind, SeriesType):
        series = train_series(rows, kind, name, options, partition)
        return Trained(series, tags=_tags(series.fits) if series.group else {})
    if isinstance(kind, RelationType):
        if partition is not None:
            raise ParameterError(
                f"MODEL_TYPE '{name}' is fitted by Spark on all rows together; leave PARTITION BY "
                "out."
            )
        return Trained(train_relation(rows, kind, name, options))
    if search is None:
        model = train(rows, options, clause, partition)
    else:
        model = searched(search, rows, lambda df, own: train(df, own, clause, partition))
    grouped = isinstance(model, FrameModel) and model.group is not None
    tags = _tags(model.fits) if isinstance(model, FrameModel) and grouped else {}
    return Trained(model, model.metrics, tags=tags, trials=model.facts.trials)


def _refuse(name: str, search: Search | None, clause: TransformList | None) -> None:
    """Refuse what goes with features only."""
    if search is not None:
        raise ParameterError(
            f"MODEL_TYPE '{name}' holds no rows out to tell which values are best; leave "
            "NUM_TRIALS, HPARAM_RANGE and HPARAM_CANDIDATES out."
        )
    if clause is not None:
        raise ParameterError(
            f"MODEL_TYPE '{name}' reads the columns that its options name, and no features: leave "
            "TRANSFORM out."
        )


def trained_best(search: Search, rows: DataFrame) -> Trained:
    """Train the best model of a search, whose options are those of its trial."""
    model = searched(search, rows, lambda df, options: train(df, options, None))
    best = next(trial for trial in model.facts.trials if trial.best)
    options = {**search.fixed, **best.options}
    return Trained(model, model.metrics, trials=model.facts.trials, options=options)


def _tags(fits: Sequence[GroupFit]) -> dict[str, str]:
    """Return how many groups there are, and how many have a model."""
    fitted = sum(fit.model is not None for fit in fits)
    groups = sum(fit.group is not None for fit in fits)
    return {"sparkfl.stores": str(groups), "sparkfl.stores_trained": str(fitted)}


def group_verdicts(model: SqlModel | SeriesModel, spark: SparkSession) -> DataFrame:
    """Return what became of each group.

    Raises
    ------
    CapabilityError
        If the model has no groups.
    """
    if not isinstance(model, FrameModel | SeriesModel) or model.group is None:
        raise CapabilityError(
            "The model was trained on all rows together: it has no groups. CREATE MODEL … "
            "PARTITION BY makes one model a group."
        )
    name = group_name(model.group.name, [part.split()[0] for part in _VERDICTS.split(", ")])
    n = len(model.fits)
    columns: dict[str, list[Any]] = {
        name: [fit.group for fit in model.fits],
        "verdict": [fit.verdict for fit in model.fits],
        "detail": [fit.detail for fit in model.fits],
        "rows": [fit.rows for fit in model.fits],
        "skipped_rows": [fit.skipped for fit in model.fits],
        "released_clusters": [None] * n,
        "merged_rows": [None] * n,
        "strategy": ["in_memory" if fit.model else "none" for fit in model.fits],
        "entity": [None] * n,
    }
    return table(spark, columns, f"`{name.replace('`', '``')}` string, {_VERDICTS}")
