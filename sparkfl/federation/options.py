"""The options of federated clustering: the Params, SQL keys and flags of jobs follow from them."""

from __future__ import annotations

from sparkfl.global_.aggregate import AGGREGATIONS
from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.options import Option
from sparkfl.privacy.screen import SMALLEST_MINIMUM

__all__ = ["ALGORITHM", "COLUMNS", "OPTIONS", "SCALINGS"]

SCALINGS = ("federation", "quantile", "store", "none", "auto")
"""What the scaling is made of: the moments of all stores, these and the quantiles of all stores,
the store's own moments, nothing, or the first or third as the stores' moments suggest."""

_SEEDS = 2**32 - 1
_CLASS = r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+"

COLUMNS = (
    Option("storeCol", "column", "store_id", "Column that names the store."),
    Option(
        "inputCols",
        "columns",
        doc="Feature columns: numbers, and vectors or arrays of them; fields of structs by path.",
    ),
    Option(
        "featuresCol",
        "column",
        doc="Vector or array column of all features, in place of inputCols.",
    ),
)
"""Options for which SQL has clauses: PARTITION BY, and TRANSFORM or the query's columns."""

ALGORITHM = Option(
    "algorithm",
    str,
    "bisecting_kmeans",
    "How each store is clustered. Federated bisecting k-means cuts the cluster of the largest "
    "inertia and restarts each cut; MLlib's, which CREATE MODEL has under the same name, cuts "
    "the largest cluster. A dotted path is a scikit-learn class.",
    choices=tuple(ALGORITHMS),
    pattern=_CLASS,
    pattern_says="the dotted path of a scikit-learn class",
    key="MODEL_TYPE",
    aliases=("TYPE", "ALGORITHM"),
)

OPTIONS = (
    ALGORITHM,
    Option(
        "algorithmParams",
        "mapping",
        {},
        "Parameters of a scikit-learn class.",
    ),
    Option(
        "k",
        int,
        doc="Clusters a store; by default one for every 20 customers, at least 3 and at most 8.",
        minimum=1,
        key="NUM_CLUSTERS",
        aliases=("K",),
    ),
    Option("seed", int, 0, "Seed of the local fits.", minimum=0, maximum=_SEEDS),
    Option(
        "globalK",
        int,
        8,
        "Global clusters.",
        minimum=1,
        key="GLOBAL_NUM_CLUSTERS",
        aliases=("GLOBAL_K",),
    ),
    Option("globalSeed", int, 0, "Seed of the aggregation.", minimum=0, maximum=_SEEDS),
    Option(
        "aggregation",
        str,
        "kmeans",
        "How the released clusters are grouped into global ones.",
        choices=tuple(AGGREGATIONS),
    ),
    Option(
        "scaling",
        str,
        "federation",
        "Whose moments scale the features, robustly: those of all stores, of each store, or none; "
        "'quantile' blends in where a customer stands among those of all stores, which costs "
        "another release; 'auto' takes each store's where stores differ more than customers do.",
        choices=SCALINGS,
    ),
    Option(
        "quantileCells",
        int,
        20,
        "Cells of neighbouring customers that a store releases of each feature for "
        "scaling='quantile', fewer if they would be smaller than minClusterSize.",
        minimum=2,
        maximum=1000,
    ),
    Option(
        "log1pCols",
        "columns",
        [],
        "Features to replace by sign(x) log(1 + abs(x)) before scaling: heavy-tailed amounts.",
    ),
    Option(
        "minClusterSize",
        int,
        10,
        "Smallest cluster that may be released, in customers.",
        minimum=SMALLEST_MINIMUM,
    ),
    Option(
        "releasePolicy",
        "named",
        doc="Release policy of the stores, see CREATE RELEASE POLICY: what is asked of everything "
        "that they release; of its sizes and minClusterSize the stricter counts.",
    ),
    Option("weighted", bool, True, "Whether a released cluster counts n times, or once."),
    Option(
        "handleInvalid",
        str,
        "error",
        "What to do with rows that have a feature that is NULL, NaN or infinite.",
        choices=("error", "skip"),
    ),
    Option(
        "contamination",
        float,
        0.05,
        "Share of the customers of the stores with a model to flag as anomalies.",
        above=0.0,
        maximum=0.5,
    ),
    Option(
        "guardPath",
        "absolute path",
        doc="Directory, private to the stores, where it is kept whose rows were behind each "
        "release: a store that has changed by fewer customers than the minimum size since is held "
        "back, as the difference would tell of them. By default spark.sparkfl.guardPath.",
        decides=False,
    ),
    Option(
        "accountantPath",
        str,
        doc="Directory of a local file system, private to the stores, where it is kept what each "
        "of them has spent of the BUDGET of a release policy; one for all models of the same "
        "customers. By default spark.sparkfl.accountantPath.",
        pattern=r"(?s).*\S.*",
        pattern_says="the path of a directory",
        decides=False,
    ),
    Option(
        "checkpointDir",
        "path",
        doc="Directory that all executors see, where each store's result is left as soon as it is "
        "done; a training that was killed goes on from there when it is started again.",
        decides=False,
    ),
)
"""All other options."""
