"""Federated machine learning in Spark SQL."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from sparkfl.features.exploration import explore
    from sparkfl.federation.estimator import FederatedClustering, FederatedClusteringModel
    from sparkfl.remote import ship
    from sparkfl.session import configure_spark
    from sparkfl.sqlext.auto_features import auto_features
    from sparkfl.sqlext.client import sql

__version__ = "0.1.0"

__all__ = [
    "FederatedClustering",
    "FederatedClusteringModel",
    "__version__",
    "auto_features",
    "configure_spark",
    "explore",
    "ship",
    "sql",
]

_ROOMS = {
    "auto_features": "sqlext.auto_features",
    "configure_spark": "session",
    "explore": "features.exploration",
    "ship": "remote",
    "sql": "sqlext.client",
}


def __getattr__(name: str) -> object:
    """Import what is asked for: a worker, which needs none of it, would wait most of a second."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if find_spec("pyspark") is None:
        from sparkfl.errors import MissingPackageError

        raise MissingPackageError(name, "pyspark", "spark")
    # Stages tell how far they are by the SparkContext of a session that has one.
    import_module(f"{__name__}.sqlext.jvm.driver").serve_driver()
    return getattr(import_module(f"{__name__}.{_ROOMS.get(name, 'federation.estimator')}"), name)


def load_ipython_extension(shell: InteractiveShell) -> None:
    """Give a notebook the magics ``%sparkfl`` and ``%%sparkfl``; ``%load_ext sparkfl`` calls it."""
    import_module(f"{__name__}.notebook").load(shell)
