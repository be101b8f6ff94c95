"""What the options of random forests are called elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["FOREST"]

FOREST: Mapping[str, Mapping[str, Any]] = {
    "maxDepth": {"aliases": ("MAX_TREE_DEPTH",)},
    "numTrees": {"aliases": ("NUM_PARALLEL_TREE",)},
    "subsamplingRate": {"aliases": ("SUBSAMPLE",)},
}
"""Other keys, of BigQuery ML."""
