"""Transformers that make vectors."""

from __future__ import annotations

from pyspark.ml.feature import StandardScaler, VectorAssembler, VectorSlicer

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
    "vector_slicer": TransformFunction(
        VectorSlicer,
        ("vector",),
        "vector",
        "Picks elements of a vector by their places, from 0: `vector_slicer(v, array(2, 0))`.",
        arguments=("indices",),
        differs={"indices": {"minimum": 0, "required": True}},
    ),
}
