"""Transformers that make vectors."""

from __future__ import annotations

from pyspark.ml.feature import (
    DCT,
    PCA,
    Interaction,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    PolynomialExpansion,
    RobustScaler,
    StandardScaler,
    VectorAssembler,
    VectorSlicer,
)

from sparkfl.transforms.transformer import TransformFunction

__all__ = ["VECTORS"]

VECTORS = {
    "dct": TransformFunction(
        (DCT,),
        ("vector",),
        "vector",
        "The discrete cosine transform of a vector's elements, or its inverse.",
        arguments=("inverse",),
    ),
    "interaction": TransformFunction(
        (Interaction,),
        ("number", "boolean", "vector"),
        "vector",
        "The products of one element of each column, for all elements.",
        many=True,
        apart=True,
    ),
    "max_abs_scaler": TransformFunction(
        (MaxAbsScaler,),
        ("vector",),
        "vector",
        "Divides each element by the largest absolute value it has in training.",
    ),
    "min_max_scaler": TransformFunction(
        (MinMaxScaler,),
        ("vector",),
        "vector",
        "Moves and scales each element so that its range in training is 0 to 1, or another.",
        arguments=("min", "max"),
    ),
    "normalizer": TransformFunction(
        (Normalizer,),
        ("vector",),
        "vector",
        "Divides a vector by its length, or another norm of it.",
        arguments=("p",),
        differs={"p": {"minimum": 1.0}},
    ),
    "pca": TransformFunction(
        (PCA,),
        ("vector",),
        "vector",
        "The principal components of a vector, the first k.",
        arguments=("k",),
        differs={"k": {"minimum": 1, "required": True}},
    ),
    "polynomial_expansion": TransformFunction(
        (PolynomialExpansion,),
        ("vector",),
        "vector",
        "The products of up to so many elements, with repetition.",
        arguments=("degree",),
    ),
    "robust_scaler": TransformFunction(
        (RobustScaler,),
        ("vector",),
        "vector",
        "Divides each element by the range between two quantiles, and subtracts its median if "
        "asked; outliers do not change them.",
        arguments=("lower", "upper", "withCentering", "withScaling"),
        differs={
            "lower": {"above": 0.0, "minimum": None, "below": 1.0, "maximum": None},
            "upper": {"above": 0.0, "minimum": None, "below": 1.0, "maximum": None},
        },
    ),
    "standard_scaler": TransformFunction(
        (StandardScaler,),
        ("vector",),
        "vector",
        "Scales each element to deviation 1, and to mean 0 if asked; a constant element to 0.",
        arguments=("withStd", "withMean"),
    ),
    "vector_assembler": TransformFunction(
        (VectorAssembler,),
        ("number", "boolean", "date", "vector"),
        "vector",
        "Puts columns into one vector; they may come one by one or as `array(a, b)`, and of a "
        "struct come all fields.",
        many=True,
    ),
    "vector_slicer": TransformFunction(
        (VectorSlicer,),
        ("vector",),
        "vector",
        "Picks elements of a vector by their places, from 0: `vector_slicer(v, array(2, 0))`.",
        arguments=("indices",),
        differs={"indices": {"minimum": 0, "required": True}},
    ),
}
