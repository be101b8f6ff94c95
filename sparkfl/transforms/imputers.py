"""Transformers that put a value in the place of what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparkfl.options import Option
from sparkfl.transforms.imputation import UNKNOWN, Imputation
from sparkfl.transforms.transformer import TransformFunction

__all__ = ["IMPUTERS"]

_STRATEGY = Option(
    "strategy",
    str,
    "mean",
    "What takes the place of NULL, NaN and infinity: the mean of the values in training, one in "
    "their middle, the least of the most frequent, or FILL_VALUE.",
    choices=("mean", "median", "mode", "constant"),
)
_FILL = Option("fillValue", float, 0.0, "The number of STRATEGY `constant`; of dates in seconds.")
_MOST_FREQUENT = Option(
    "strategy",
    str,
    None,
    "As of numeric_imputer, for numbers; texts and booleans have a `mode` only, vectors a `mean` "
    "for each element, and arrays of texts none: one without texts takes their place.",
    choices=("mean", "median", "mode", "most_frequent"),
)


def _number(params: Mapping[str, Any]) -> Imputation:
    if params["strategy"] == "constant":
        return Imputation(value=params["fillValue"])
    return Imputation(params["strategy"])


def _any(params: Mapping[str, Any]) -> Imputation:
    strategy = params.get("strategy", "")
    return Imputation("mode" if strategy == "most_frequent" else strategy)


IMPUTERS = {
    "boolean_imputer": TransformFunction(
        (),
        ("boolean",),
        "same",
        "Puts FALSE, or TRUE, in the place of NULL.",
        arguments=(Option("nullReplacement", bool, False, "What takes the place of NULL."),),
        imputes=lambda params: Imputation(value=float(params["nullReplacement"])),
    ),
    "imputer": TransformFunction(
        (),
        ("number", "boolean", "date", "string", "tokens", "vector"),
        "same",
        "Puts in the place of NULL what a column of its kind mostly is: the mean of numbers, dates "
        "and elements of vectors, the most frequent text or boolean, an array without texts.",
        arguments=(_MOST_FREQUENT,),
        imputes=_any,
    ),
    "numeric_imputer": TransformFunction(
        (),
        ("number", "date"),
        "same",
        "Puts the mean, or another figure of the training rows, in the place of NULL, NaN and "
        "infinity.",
        arguments=(_STRATEGY, _FILL),
        imputes=_number,
    ),
    "string_imputer": TransformFunction(
        (),
        ("string",),
        "same",
        "Puts a text in the place of NULL.",
        arguments=(Option("nullReplacement", str, UNKNOWN, "What takes the place of NULL."),),
        imputes=lambda params: Imputation(value=params["nullReplacement"]),
    ),
}
