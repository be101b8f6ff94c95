"""Federated machine learning in Spark SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkfl.session import configure_spark

if TYPE_CHECKING:
    from sparkfl.federation.estimator import FederatedClustering, FederatedClusteringModel

__version__ = "0.1.0"

__all__ = [
    "FederatedClustering",
    "FederatedClusteringModel",
    "__version__",
    "configure_spark",
]


def __getattr__(name: str) -> object:
    """Import the estimators when they are first asked for: pyspark.ml takes most of a second."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sparkfl.federation import estimator

    return getattr(estimator, name)
