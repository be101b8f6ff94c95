"""The tasks of models, one a file: clustering, classification."""

from __future__ import annotations

from sparkfl.models.tasks.classification import CLASSIFICATION
from sparkfl.models.tasks.clustering import CLUSTERING
from sparkfl.models.tasks.task import Label, Scored, Target, Task

__all__ = ["CLASSIFICATION", "CLUSTERING", "Label", "Scored", "Target", "Task"]
