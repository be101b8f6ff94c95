"""The federated estimator: a local model a store, a global model of what the stores release."""

from __future__ import annotations
