"""Every model, local and global, as a version in MLflow."""

from __future__ import annotations

from sparkfl.registry.catalog import LABEL
from sparkfl.registry.imported import MLFLOW, MlflowModel
from sparkfl.registry.model_registry import ModelRegistry
from sparkfl.registry.model_version import ModelVersion
from sparkfl.registry.registrable import (
    FederatedRegistrable,
    Field,
    HasRegistrable,
    KnownOutputs,
    Registrable,
    Scorer,
    content_of,
)
from sparkfl.registry.trial import Trial

__all__ = [
    "LABEL",
    "MLFLOW",
    "FederatedRegistrable",
    "Field",
    "HasRegistrable",
    "KnownOutputs",
    "MlflowModel",
    "ModelRegistry",
    "ModelVersion",
    "Registrable",
    "Scorer",
    "Trial",
    "content_of",
]
