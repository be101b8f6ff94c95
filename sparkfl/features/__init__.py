"""From events to features of customers: views of many sources; the four of purchases; scaling."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sparkfl.features.churn import churn_label
    from sparkfl.features.customer import FEATURES, customer_features, excluded_events
    from sparkfl.features.rfm import rfm_cuts, rfm_scores
    from sparkfl.features.scaling import standardize
    from sparkfl.features.store import store_features

__all__ = [
    "FEATURES",
    "churn_label",
    "customer_features",
    "excluded_events",
    "rfm_cuts",
    "rfm_scores",
    "standardize",
    "store_features",
]

_FILES = {
    "FEATURES": "customer",
    "churn_label": "churn",
    "customer_features": "customer",
    "excluded_events": "customer",
    "rfm_cuts": "rfm",
    "rfm_scores": "rfm",
    "standardize": "scaling",
    "store_features": "store",
}


def __getattr__(name: str) -> object:
    """Import what is asked for: a worker that aggregates needs numpy only."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FILES[name]}"), name)
