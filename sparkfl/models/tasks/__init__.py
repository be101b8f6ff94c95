"""The tasks of models, one a file: clustering, classification, regression, topics."""

from __future__ import annotations

from sparkfl.models.tasks.anomaly import ANOMALY
from sparkfl.models.tasks.classification import CLASSIFICATION
from sparkfl.models.tasks.clustering import CLUSTERING
from sparkfl.models.tasks.regression import REGRESSION
from sparkfl.models.tasks.task import Label, Scored, Target, Task
from sparkfl.models.tasks.topics import TOPICS

__all__ = [
    "ANOMALY",
    "CLASSIFICATION",
    "CLUSTERING",
    "REGRESSION",
    "TOPICS",
    "Label",
    "Scored",
    "Target",
    "Task",
]
