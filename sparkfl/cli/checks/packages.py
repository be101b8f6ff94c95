"""Python packages that sparkfl computes with, and those that only some of it needs."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from sparkfl.cli.checks.finding import Finding
from sparkfl.cli.checks.remedy import remedy, remote

__all__ = ["REQUIRED", "libraries", "packages", "reports"]

REQUIRED: Mapping[str, str] = dict.fromkeys(
    ("numpy", "pandas", "pyarrow", "sklearn", "threadpoolctl"), ""
)
"""By module the extra that brings it; these come with sparkfl."""
_REPORTS = {"tqdm": "report", "matplotlib": "report"}
_LIBRARIES = {
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
    "statsforecast": "forecast",
    "keras": "lstm",
    "jax": "lstm",
    "optuna": "search",
    "datasketches": "features",
    "yaml": "features",
    "cryptography": "secure-aggregation",
    "opendp": "privacy",
    "dp_accounting": "privacy",
    "grpc": "connect",
}


def packages() -> Finding:
    """Look for what every training needs.

    Examples
    --------
    >>> packages().ok
    True
    """
    return _found("packages", REQUIRED, needed=True)


def reports() -> Finding:
    """Look for what shows progress and draws reports, as the demo does."""
    return _found("reports", _REPORTS, needed=not remote())


def libraries() -> Finding:
    """Look for what some model types, feature views, the search and Spark Connect need."""
    return _found("model libraries", _LIBRARIES, needed=False)


def _found(name: str, modules: Mapping[str, str], needed: bool) -> Finding:
    missing = [module for module in modules if find_spec(module) is None]
    if not missing:
        return Finding(name, ", ".join(modules), needed=needed)
    extras = filter(None, dict.fromkeys(modules[module] for module in missing))
    return Finding(name, f"no {', '.join(missing)}", False, remedy(*extras), needed)
