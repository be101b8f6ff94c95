"""Transformers that make tokens of texts, and vectors of tokens."""

from __future__ import annotations

from pyspark.ml.feature import HashingTF, RegexTokenizer, StopWordsRemover

from sparkfl.transforms.transformer import TransformFunction

__all__ = ["TOKENS"]

TOKENS = {
    "hashing_tf": TransformFunction(
        HashingTF,
        ("tokens",),
        "vector",
        "Counts tokens at places that a hash of them gives; different tokens may share one.",
        arguments=("numFeatures", "binary"),
    ),
    "regex_tokenizer": TransformFunction(
        RegexTokenizer,
        ("string",),
        "tokens",
        "Cuts a text where a regular expression matches, or into its matches, in lower case.",
        arguments=("pattern", "gaps", "minTokenLength", "toLowercase"),
    ),
    "stop_words_remover": TransformFunction(
        StopWordsRemover,
        ("tokens",),
        "tokens",
        "Leaves words out, by default those that are frequent in English.",
        arguments=("stopWords", "caseSensitive"),
    ),
}
