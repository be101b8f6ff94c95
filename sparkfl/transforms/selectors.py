"""Transformers that pick elements of a vector by what the training rows say of them."""

from __future__ import annotations

from pyspark.ml.feature import ChiSqSelector, UnivariateFeatureSelector, VarianceThresholdSelector

from sparkfl.transforms.transformer import TransformFunction

__all__ = ["SELECTORS"]

SELECTORS = {
    "chi_sq_selector": TransformFunction(
        (ChiSqSelector,),
        ("vector",),
        "vector",
        "Picks the elements, each a category's number, that tell most of the label, a class, by "
        "the chi-squared test.",
        arguments=("numTopFeatures", "selectorType", "percentile", "fpr", "fdr", "fwe"),
        labelled=True,
    ),
    "univariate_feature_selector": TransformFunction(
        (UnivariateFeatureSelector,),
        ("vector",),
        "vector",
        "Picks the elements that tell most of the label, each by itself, by the F-test of a "
        "regression, that of a classification, or the chi-squared test of categories.",
        arguments=("selectionMode", "selectionThreshold", "featureType"),
        differs={"featureType": {"default": "continuous"}},
        labelled=True,
    ),
    "variance_threshold_selector": TransformFunction(
        (VarianceThresholdSelector,),
        ("vector",),
        "vector",
        "Picks the elements whose variance in training is above a threshold.",
        arguments=("varianceThreshold",),
    ),
}
