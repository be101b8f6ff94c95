"""The options of a federation of stores apart, and of a store's part in it."""

from __future__ import annotations

from dataclasses import replace

from sparkfl.federation.options import COLUMNS, OPTIONS
from sparkfl.options import Option

__all__ = [
    "CONTRACT_OPTIONS",
    "EXCHANGE",
    "FEDERATED_LLOYD",
    "FEDERATION_OPTIONS",
    "ITERATIONS",
    "SECURE_AGGREGATION",
    "STORE_OPTIONS",
]

FEDERATED_LLOYD = "federated_lloyd"
"""The algorithm of several rounds of communication."""

EXCHANGE = Option(
    "exchange",
    str,
    doc="Where releases and global models are exchanged: a directory that all see, or an address "
    "of s3, gs, abfs or hdfs.",
    pattern=r"(?s).*\S.*",
    pattern_says="a path or an address",
    required=True,
)

_APART = {"quantileCells", "releasePolicy", *(o.param for o in OPTIONS if not o.decides)}

CONTRACT_OPTIONS = (
    replace(COLUMNS[0], doc="Column of the models' inputs that names the store."),
    replace(
        COLUMNS[1],
        doc="The features, numbers, in order: what every store's query must have.",
        key="FEATURES",
        flag="--features",
        required=True,
    ),
    *(option for option in OPTIONS if option.param not in _APART),
    Option(
        "releasePolicy",
        "mapping",
        doc="What is asked of every store's releases at least, as a JSON object of the options of "
        "a release policy in lower case; stores may ask for more.",
    ),
)
"""What all stores do alike."""

ITERATIONS = (
    Option(
        "globalAlgorithm",
        str,
        "one_shot",
        "How global clusters are made: of the stores' local clusters, which are released once, or "
        "from there on by Lloyd's iterations over all stores, of which each is another release.",
        choices=("one_shot", FEDERATED_LLOYD),
    ),
    Option(
        "maxIter",
        int,
        20,
        "Iterations of 'federated_lloyd' in a round at most.",
        minimum=1,
        maximum=99,
        aliases=("MAX_ITERATIONS",),
    ),
    Option(
        "tol",
        float,
        1e-4,
        "They end once no centre moves farther than this, in the clustering space; with 0, once "
        "none moves at all.",
        minimum=0.0,
    ),
    Option(
        "iterationGuard",
        bool,
        True,
        "Whether customers of a store change centres from iteration to iteration only where those "
        "that do may be told by themselves. Without it, which each store has to say too, the "
        "result is that of Lloyd's algorithm on all rows together, and the sums of two iterations "
        "give away, exactly, a single customer who changes between them.",
    ),
)
"""Of algorithms of several rounds of communication, in the order of a contract."""

SECURE_AGGREGATION = Option(
    "secureAggregation",
    bool,
    False,
    "Whether stores tell masked figures, of which the aggregator has the totals and no single "
    "store's. For 'federated_lloyd', with the BOUNDS of every feature, three stores or more.",
)

FEDERATION_OPTIONS = (
    EXCHANGE,
    Option("stores", "strings", [], "Stores to invite; more can be invited later."),
    Option("model", str, doc="Name of the model in the registries, by default the federation's."),
    *CONTRACT_OPTIONS,
    Option(
        "bounds",
        "mapping",
        {},
        "Least and greatest values of features, as a JSON object of lists of two numbers. A "
        "release with a mean or a sum of squares that cannot be of such values is refused.",
    ),
    Option(
        "maxWeight",
        float,
        20.0,
        "How many times the rows of the median store a store may have; one with more is refused.",
        minimum=1.0,
    ),
    Option(
        "quorum",
        int,
        doc="Stores that every step needs, more than half of the members by default.",
        minimum=1,
    ),
    *ITERATIONS,
    SECURE_AGGREGATION,
)
"""The options of CREATE FEDERATION … WITH."""

STORE_OPTIONS = (
    *(o for o in OPTIONS if o.param in ("releasePolicy", "guardPath")),
    Option(
        "wait",
        float,
        0.0,
        "Seconds to wait for the aggregator, in all, before the statement ends and the rest of "
        "the round is left to the next one.",
        minimum=0.0,
    ),
    Option(
        "iterationGuard",
        bool,
        True,
        "Whether to keep to the guard of 'federated_lloyd' in a federation that does without; with "
        "False there and here, differences of iterations tell of single customers.",
    ),
)
"""What a store decides for itself."""
