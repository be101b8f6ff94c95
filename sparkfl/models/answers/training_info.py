"""How a training went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sparkfl.models.answers.table import table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from sparkfl.models.answers.model import Asked

__all__ = ["remembered_objective", "training_info"]

_SCHEMA = "iteration int, loss double, rows bigint, duration_ms bigint"


def training_info(model: Asked, spark: SparkSession) -> DataFrame:
    """Return a row an iteration; one where the estimator does not tell of them."""
    losses: list[float | None] = [*model.facts.figures.get("objective", ())] or [None]
    n = len(losses)
    columns: dict[str, Any] = {
        "iteration": list(range(n)),
        "loss": losses,
        "rows": [model.facts.rows] * n,
        "duration_ms": [int(model.facts.seconds * 1000)] * n,
    }
    return table(spark, columns, _SCHEMA)


def remembered_objective(fitted: Any, _training: DataFrame) -> dict[str, list[float]]:
    """Return the loss of each iteration, where the estimator's summary has it."""
    summary = fitted.summary if getattr(fitted, "hasSummary", False) else None
    history = getattr(summary, "objectiveHistory", None)
    return {"objective": [float(loss) for loss in history]} if history is not None else {}
