"""Transformers that make vectors."""

from __future__ import annotations

from pyspark.ml.feature import StandardScaler, VectorAssembler

from sparkfl.transforms.transformer import TransformFunction

__all__ = ["VECTORS"]

VECTORS = {
    "standard_scaler": TransformFunction(
        StandardScaler,
        ("vector",),
        "vector",
        "Scales each element to deviation 1, and to mean 0 if asked; a constant element to 0.",
        arguments=("withStd", "withMean"),
    ),
    "vector_assembler": TransformFunction(
        VectorAssembler,
        ("number", "boolean", "vector"),
        "vector",
        "Puts columns into one vector; they may come one by one or as `array(a, b)`.",
        many=True,
    ),
}
