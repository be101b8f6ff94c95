"""How much each feature counts in a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sparkfl.models.answers.table import table

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

    from sparkfl.models.answers.model import Asked

__all__ = ["tree_importance"]

_SCHEMA = "feature string, importance double"


def tree_importance(model: Asked, spark: SparkSession) -> DataFrame:
    """Return a row a feature: its share of what the splits of the trees gain, in sum 1."""
    fitted = model.fitted
    models = fitted.models if hasattr(fitted, "models") else [fitted]
    shares = np.mean([one.featureImportances.toArray() for one in models], axis=0)
    columns = {"feature": model.feature_names(), "importance": shares}
    return table(spark, columns, _SCHEMA).orderBy("importance", ascending=False)
