"""The transformers of the TRANSFORM clause: a new one is a file and a line here."""

from __future__ import annotations

from collections.abc import Mapping

from sparkfl.transforms.standard_scaler import STANDARD_SCALER
from sparkfl.transforms.transformer import Stage, TransformFunction
from sparkfl.transforms.vector_assembler import VECTOR_ASSEMBLER

__all__ = ["TRANSFORMERS", "Stage", "TransformFunction"]

TRANSFORMERS: Mapping[str, TransformFunction] = {
    "standard_scaler": STANDARD_SCALER,
    "vector_assembler": VECTOR_ASSEMBLER,
}
