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
        differs={
            "checkpointInterval": {"choices": (-1,)},
            "featureSubsetStrategy": {
                "choices": ("auto", "all", "onethird", "sqrt", "log2"),
                "pattern": r"[1-9]\d*|0?\.\d*[1-9]\d*|1\.0*",
                "pattern_says": "a number of features, or a share of them up to 1.0",
            },
            "maxMemoryInMB": {"minimum": 0},
            "minInfoGain": {"minimum": 0.0},
            "thresholds": None,
        },
    ),
}
