"""Transformers that make tokens of texts, and vectors of tokens."""

from __future__ import annotations

from pyspark.ml.feature import (
    IDF,
    CountVectorizer,
    HashingTF,
    NGram,
    RegexTokenizer,
    StopWordsRemover,
    Tokenizer,
    Word2Vec,
)

from sparkfl.transforms.transformer import TransformFunction

__all__ = ["TOKENS"]

TOKENS = {
    "count_vectorizer": TransformFunction(
        (CountVectorizer,),
        ("tokens",),
        "vector",
        "Counts the tokens of a vocabulary, which are the most frequent in training.",
        arguments=("vocabSize", "minDF", "maxDF", "minTF"),
    ),
    "hashing_tf": TransformFunction(
        (HashingTF,),
        ("tokens",),
        "vector",
        "Counts tokens at places that a hash of them gives; different tokens may share one.",
        arguments=("numFeatures", "binary"),
    ),
    "ngram": TransformFunction(
        (NGram,),
        ("tokens",),
        "tokens",
        "Joins each run of n tokens by blanks.",
        arguments=("n",),
    ),
    "regex_tokenizer": TransformFunction(
        (RegexTokenizer,),
        ("string",),
        "tokens",
        "Cuts a text where a regular expression matches, or into its matches, in lower case.",
        arguments=("pattern", "gaps", "minTokenLength", "toLowercase"),
    ),
    "stop_words_remover": TransformFunction(
        (StopWordsRemover,),
        ("tokens",),
        "tokens",
        "Leaves words out, by default those that are frequent in English.",
        arguments=("stopWords", "caseSensitive"),
    ),
    "tf_idf": TransformFunction(
        (HashingTF, IDF),
        ("tokens",),
        "vector",
        "Counts tokens as hashing_tf, each times the logarithm of how rare it is in training.",
        arguments=("numFeatures", "minDocFreq"),
    ),
    "tokenizer": TransformFunction(
        (Tokenizer,),
        ("string",),
        "tokens",
        "Cuts a text at white space, in lower case.",
    ),
    "word2vec": TransformFunction(
        (Word2Vec,),
        ("tokens",),
        "vector",
        "The mean of the vectors of the tokens, which are near each other for tokens that stand "
        "among the same others.",
        arguments=("vectorSize", "minCount", "windowSize", "maxIter", "stepSize"),
        fixed={"seed": 0},
    ),
}
