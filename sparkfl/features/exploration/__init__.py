"""What there is to know of a query's columns before a model is trained."""

from __future__ import annotations

from sparkfl.features.exploration.explore import COLUMNS, explore

__all__ = ["COLUMNS", "explore"]
