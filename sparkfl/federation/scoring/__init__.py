"""Predictions as native Spark expressions: a plan, no action and no Python worker."""

from __future__ import annotations

from sparkfl.federation.scoring.predict import assign, score
from sparkfl.federation.scoring.stock import stock_function

__all__ = ["assign", "score", "stock_function"]
