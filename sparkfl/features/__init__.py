"""From events to scaled features of customers: plain Spark plans, one family a file."""

from __future__ import annotations

from sparkfl.features.churn import churn_label
from sparkfl.features.customer import FEATURES, customer_features, excluded_events
from sparkfl.features.scaling import standardize
from sparkfl.features.store import store_features

__all__ = [
    "FEATURES",
    "churn_label",
    "customer_features",
    "excluded_events",
    "standardize",
    "store_features",
]
