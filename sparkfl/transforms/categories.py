"""Transformers that make numbers of categories."""

from __future__ import annotations

from pyspark.ml.feature import StringIndexer

from sparkfl.transforms.transformer import TransformFunction

__all__ = ["CATEGORIES"]

CATEGORIES = {
    "string_indexer": TransformFunction(
        StringIndexer,
        ("string", "number", "boolean"),
        "number",
        "Numbers the values of a column from 0, the most frequent first.",
        reads="string",
        buckets=lambda fitted: len(fitted.labels),
    ),
}
