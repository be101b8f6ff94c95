"""Every model, local and global, as a version in MLflow."""

from __future__ import annotations

from sparkfl.registry.catalog import LABEL
from sparkfl.registry.connection import TRACKING_URI, is_made
from sparkfl.registry.feature_views import StoredFeatureView
from sparkfl.registry.imported import MLFLOW, MlflowModel
from sparkfl.registry.model_registry import ModelRegistry
from sparkfl.registry.model_version import ModelVersion
from sparkfl.registry.policies import StoredPolicy
from sparkfl.registry.publication import PUBLISHED, Publication
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
    "PUBLISHED",
    "TRACKING_URI",
    "FederatedRegistrable",
    "Field",
    "HasRegistrable",
    "KnownOutputs",
    "MlflowModel",
    "ModelRegistry",
    "ModelVersion",
    "Publication",
    "Registrable",
    "Scorer",
    "StoredFeatureView",
    "StoredPolicy",
    "Trial",
    "content_of",
    "is_made",
]
