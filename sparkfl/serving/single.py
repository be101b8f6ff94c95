"""CREATE MODEL: a single model trained, or one for each group of PARTITION BY."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from sparkfl.errors import CapabilityError
from sparkfl.models.answers.table import table
from sparkfl.models.fitted import SqlModel
from sparkfl.models.frame_model import FrameModel
from sparkfl.models.training import train
from sparkfl.serving.trained import Trained
from sparkfl.transforms.clause import TransformList

__all__ = ["group_verdicts", "trained_single"]

_VERDICTS = (
    "verdict string, detail string, rows bigint, skipped_rows bigint, released_clusters int, "
    "merged_rows bigint, strategy string"
)


def trained_single(
    rows: DataFrame,
    options: Mapping[str, object],
    clause: TransformList | None,
    partition: str | None = None,
) -> Trained:
    """Train a model, with the number of its groups and of those that have a model."""
    model = train(rows, options, clause, partition)
    if not isinstance(model, FrameModel) or model.group is None:
        return Trained(model, model.metrics)
    fitted = sum(fit.model is not None for fit in model.fits)
    tags = {"sparkfl.stores": str(len(model.fits)), "sparkfl.stores_trained": str(fitted)}
    return Trained(model, model.metrics, tags=tags)


def group_verdicts(model: SqlModel, spark: SparkSession) -> DataFrame:
    """Return what became of each group.

    Raises
    ------
    CapabilityError
        If the model has no groups.
    """
    if not isinstance(model, FrameModel) or model.group is None:
        raise CapabilityError(
            "The model was trained on all rows together: it has no groups. CREATE MODEL … "
            "PARTITION BY makes one model a group."
        )
    name = model.group.name
    taken = {part.split()[0] for part in _VERDICTS.split(", ")}
    name = "store" if name.lower() in taken else name
    n = len(model.fits)
    columns: dict[str, list[Any]] = {
        name: [fit.group for fit in model.fits],
        "verdict": [fit.verdict for fit in model.fits],
        "detail": [fit.detail for fit in model.fits],
        "rows": [fit.rows for fit in model.fits],
        "skipped_rows": [None] * n,
        "released_clusters": [None] * n,
        "merged_rows": [None] * n,
        "strategy": ["in_memory" if fit.model else "none" for fit in model.fits],
    }
    return table(spark, columns, f"`{name.replace('`', '``')}` string, {_VERDICTS}")
