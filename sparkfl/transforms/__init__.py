"""The transformers of the TRANSFORM clause: a new one is a row of its family's file."""

from __future__ import annotations

from collections.abc import Mapping

from sparkfl.transforms.categories import CATEGORIES
from sparkfl.transforms.tokens import TOKENS
from sparkfl.transforms.transformer import Stage, TransformFunction
from sparkfl.transforms.vectors import VECTORS

__all__ = ["TRANSFORMERS", "Stage", "TransformFunction"]

TRANSFORMERS: Mapping[str, TransformFunction] = {**CATEGORIES, **TOKENS, **VECTORS}
