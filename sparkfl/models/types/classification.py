"""The classification types."""

from __future__ import annotations

from pyspark.ml.classification import RandomForestClassifier

from sparkfl.models.model_type import ModelType
from sparkfl.models.tasks import CLASSIFICATION

__all__ = ["CLASSIFICATION_TYPES"]

CLASSIFICATION_TYPES = {
    "random_forest_classifier": ModelType(
        RandomForestClassifier,
        CLASSIFICATION,
        "MLlib's random forest: trees on samples of the rows, each split among some features.",
    ),
}
