"""Every model, local and global, as a version in MLflow."""

from __future__ import annotations

from sparkfl.federation.registered import FederatedModel
from sparkfl.registry.model_registry import ModelRegistry
from sparkfl.registry.model_version import ModelVersion
from sparkfl.registry.registrable import FederatedRegistrable, Registrable

__all__ = [
    "FederatedModel",
    "FederatedRegistrable",
    "ModelRegistry",
    "ModelVersion",
    "Registrable",
]
