"""MLflow, and whether it answers where the models are to be."""

from __future__ import annotations

import os
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

from sparkfl.cli.checks.finding import Finding
from sparkfl.cli.checks.remedy import remedy
from sparkfl.errors import SparkflError
from sparkfl.tracking import tracking_uri

__all__ = ["mlflow", "registry"]

_NAME = "registry"
_SERVER = "export MLFLOW_TRACKING_URI=https://HOST"


def mlflow() -> Finding:
    """Look for MLflow's package."""
    if find_spec("mlflow") is None:
        return Finding("MLflow", "there is no mlflow", False, remedy("mlflow"))
    found = sorted(set(packages_distributions()["mlflow"]))
    return Finding("MLflow", ", ".join(f"{name} {version(name)}" for name in found))


def registry() -> Finding:
    """Ask MLflow at the address that jobs use; a new database is not made."""
    lacks = [name for name in ("mlflow", "pyspark") if find_spec(name) is None]
    if lacks:
        return Finding(_NAME, f"not asked, needs {' and '.join(lacks)}", False)
    from sparkfl.registry.first_contact import first_contact
    from sparkfl.registry.mlflow_errors import address_of, mlflow_errors
    from sparkfl.registry.sqlite import check_writable, sqlite_file

    uri = tracking_uri()
    try:
        with mlflow_errors(uri):
            file = sqlite_file(uri)
            if file is not None and not file.exists():
                return _new(file)
            first_contact(uri)
            check_writable(uri)
    except SparkflError as error:
        if isinstance(error.__cause__, ModuleNotFoundError):
            told = f"mlflow-skinny alone does not reach {address_of(uri)}"
            return Finding(_NAME, told, False, f"{remedy('mlflow')}, or name a server: {_SERVER}")
        return Finding(_NAME, str(error), False)
    return Finding(_NAME, address_of(uri))


def _new(file: Path) -> Finding:
    """Tell whether a database could be made."""
    there = next(parent for parent in file.parents if parent.exists())
    if there.is_dir() and os.access(there, os.W_OK):
        return Finding(_NAME, f"sqlite:///{file}, made at the first training")
    remedy = "export MLFLOW_TRACKING_URI=sqlite:///$HOME/mlflow.db"
    return Finding(_NAME, f"sqlite:///{file} cannot be made, {there} is read-only", False, remedy)
