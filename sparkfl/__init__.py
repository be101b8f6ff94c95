"""Federated machine learning in Spark SQL."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparkfl.federation.estimator import FederatedClustering, FederatedClusteringModel
    from sparkfl.session import configure_spark

__version__ = "0.1.0"

__all__ = [
    "FederatedClustering",
    "FederatedClusteringModel",
    "__version__",
    "configure_spark",
]


def __getattr__(name: str) -> object:
    """Import what is asked for: a worker, which needs none of it, would wait most of a second."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = "session" if name == "configure_spark" else "federation.estimator"
    return getattr(import_module(f"{__name__}.{room}"), name)
