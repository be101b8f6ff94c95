"""Transformers that make numbers of categories, and categories of numbers."""

from __future__ import annotations

from pyspark.ml.feature import (
    Binarizer,
    Bucketizer,
    FeatureHasher,
    OneHotEncoder,
    OneHotEncoderModel,
    QuantileDiscretizer,
    StringIndexer,
    TargetEncoder,
)

from sparkfl.options import Option
from sparkfl.transforms.transformer import TransformFunction

__all__ = ["CATEGORIES"]

CATEGORIES = {
    "binarizer": TransformFunction(
        (Binarizer,),
        ("number", "date", "vector"),
        "same",
        "Makes 1 of numbers above a threshold, and 0 of others.",
        arguments=("threshold",),
    ),
    "bucketizer": TransformFunction(
        (Bucketizer,),
        ("number", "date"),
        "number",
        "Numbers the buckets that a column's values fall into, from 0, given their bounds: "
        "`bucketizer(x, array(0, 10, 20))`. A bucket has its lower bound, the last one both; by "
        "`'-inf'` and `'inf'` it takes all numbers, else others are not valid.",
        arguments=("splits",),
        differs={"splits": {"kind": "bounds", "required": True}},
        keeps=True,
        domain=lambda fitted: (fitted.getSplits()[0], fitted.getSplits()[-1], False),
    ),
    "feature_hasher": TransformFunction(
        (FeatureHasher,),
        ("number", "boolean", "string"),
        "vector",
        "Puts columns into one vector by hashing: a number at the place of its column, a text or "
        "boolean as 1 at the place of the column and the value.",
        arguments=("numFeatures",),
        many=True,
        apart=True,
        reads={"boolean": "string"},
    ),
    "one_hot_encoder": TransformFunction(
        (OneHotEncoder,),
        ("number",),
        "vector",
        "Makes of a category's number, from 0, a vector with 1 in its place; of the last category "
        "one of zeros, unless told not to.",
        arguments=("dropLast",),
        keeps=True,
        domain=lambda fitted: (0.0, _last_category(fitted), True),
    ),
    "quantile_discretizer": TransformFunction(
        (QuantileDiscretizer,),
        ("number", "date"),
        "number",
        "Numbers the buckets that a column's values fall into, from 0, about as many in each.",
        arguments=("numBuckets", "relativeError"),
        keeps=True,
    ),
    "string_indexer": TransformFunction(
        (StringIndexer,),
        ("string", "number", "boolean"),
        "number",
        "Numbers the values of a column from 0, the most frequent first.",
        arguments=("stringOrderType",),
        reads={"number": "string", "boolean": "string"},
        buckets=lambda fitted: len(fitted.labels),
    ),
    "target_encoder": TransformFunction(
        (TargetEncoder,),
        ("number",),
        "number",
        "Makes of a category's number the mean of the label in it, a number or one of two classes; "
        "of one that is not in training the mean of all.",
        arguments=(
            Option(
                "smoothing",
                float,
                0.0,
                "How many rows the mean of all counts for in that of a category.",
                minimum=0.0,
            ),
        ),
        fixed={"handleInvalid": "keep"},
        labelled=True,
    ),
}


def _last_category(stage: OneHotEncoder | OneHotEncoderModel) -> float:
    """Return the greatest number that is encoded; of all that are greater there may be a bucket."""
    if stage.getHandleInvalid() == "keep" or isinstance(stage, OneHotEncoder):
        return float("inf")
    return float(stage.categorySizes[0] - 1)
