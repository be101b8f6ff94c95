"""The libraries a model is trained with, whatever their distributions are called here."""

from __future__ import annotations

import importlib
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, packages_distributions, version

from sparkfl.errors import RegistryError

__all__ = ["library_versions"]

_MODULES = {
    "mlflow": "mlflow",
    "numpy": "numpy",
    "pandas": "pandas",
    "pyarrow": "pyarrow",
    "pyspark": "pyspark",
    "scikit-learn": "sklearn",
}


@cache
def library_versions() -> dict[str, str]:
    """Versions of what a model was trained with and needs to be scored, by distribution.

    A module may come with another distribution (``mlflow-skinny``, ``pyspark-client``,
    ``databricks-connect``), or with none, as pyspark does on a cluster.

    Raises
    ------
    RegistryError
        If one is not there at all.
    """
    # Importing the public names from here would point upward.
    own = str(sys.modules["sparkfl"].__version__)
    return {"sparkfl": own} | dict(_found(*item) for item in _MODULES.items())


def _found(name: str, module: str) -> tuple[str, str]:
    """Find the distribution that provides a module, and its version."""
    try:
        return name, version(name)
    except PackageNotFoundError:
        providers = packages_distributions().get(module, [])
    if providers:
        return providers[0], version(providers[0])
    try:
        return name, str(importlib.import_module(module).__version__)
    except ImportError as error:
        raise RegistryError(
            f"The library {name} is not installed; a model is registered with its version. "
            f"Install {name}."
        ) from error
