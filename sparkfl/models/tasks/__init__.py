"""The tasks of models, one a file: clustering, classification, regression and so on."""

from __future__ import annotations

from sparkfl.models.tasks.anomaly import ANOMALY
from sparkfl.models.tasks.classification import CLASSIFICATION
from sparkfl.models.tasks.clustering import CLUSTERING
from sparkfl.models.tasks.components import DIMENSIONALITY_REDUCTION
from sparkfl.models.tasks.ranking import RANKING
from sparkfl.models.tasks.regression import REGRESSION
from sparkfl.models.tasks.task import Label, Scored, Target, Task
from sparkfl.models.tasks.topics import TOPICS

__all__ = [
    "ANOMALY",
    "CLASSIFICATION",
    "CLUSTERING",
    "DIMENSIONALITY_REDUCTION",
    "RANKING",
    "REGRESSION",
    "TOPICS",
    "Label",
    "Scored",
    "Target",
    "Task",
]
