"""The topic types."""

from __future__ import annotations

from pyspark.ml.clustering import LDA

from sparkfl.models.model_type import ModelType
from sparkfl.models.tasks import TOPICS

__all__ = ["TOPIC_TYPES"]

TOPIC_TYPES = {
    "lda": ModelType(
        LDA,
        TOPICS,
        "MLlib's latent Dirichlet allocation, of counts such as `count_vectorizer` makes.",
        counts=lambda _: True,
        differs={
            "k": {"key": "NUM_CLUSTERS", "aliases": ("K", "NUM_TOPICS")},
            "optimizer": {"choices": ("online", "em")},
            "docConcentration": {"minimum": 0.0},
            "learningDecay": {"above": 0.0, "minimum": None},
            "learningOffset": {"above": 0.0, "minimum": None},
            "subsamplingRate": {"above": 0.0, "minimum": None, "maximum": 1.0},
            "topicConcentration": {"minimum": 0.0},
        },
    ),
}
