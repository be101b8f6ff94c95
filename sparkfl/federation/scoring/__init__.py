"""Predictions as native Spark expressions: a plan, no action and no Python worker."""

from __future__ import annotations

from sparkfl.federation.scoring.predict import assign, score

__all__ = ["assign", "score"]
