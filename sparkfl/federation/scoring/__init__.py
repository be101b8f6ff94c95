"""Predictions as native Spark expressions: a plan, no action and no Python worker."""

from __future__ import annotations

from sparkfl.federation.scoring.predict import assign, drop_working_columns, scaled, score

__all__ = ["assign", "drop_working_columns", "scaled", "score"]
