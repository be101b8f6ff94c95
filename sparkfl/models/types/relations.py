"""The types of MLlib that learn from columns as they stand: ratings, baskets, sequences, graphs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.ml.clustering import PowerIterationClustering
from pyspark.ml.feature import StringIndexer
from pyspark.ml.fpm import FPGrowth, PrefixSpan
from pyspark.ml.recommendation import ALS
from pyspark.sql import functions as F

from sparkfl.errors import ParameterError
from sparkfl.models.answers.assignments import assigner, assignment_sizes
from sparkfl.models.answers.recommend import rater, rating_metrics, recommend
from sparkfl.models.answers.rules import association_rules, follower, sequences
from sparkfl.models.model_type import DEFAULT_SEED
from sparkfl.models.relation_type import RelationColumn, RelationType
from sparkfl.options import LONG, Option

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["RELATION_TYPES"]

_ITERATIONS = 5
_ID = ("string", "number", "boolean", "date")
_ID_SAYS = "a string, a number or a date"


def _id(param: str, doc: str, predicts: bool = True, **more: Any) -> RelationColumn:
    option = Option(param, "column", doc=doc, required=True, **more)
    return RelationColumn(option, _ID, "string", _ID_SAYS, predicts)


def _indexed(rows: DataFrame, columns: list[str]) -> tuple[DataFrame, list[list[str]]]:
    """Return the rows with the places of ids, and the ids."""
    places = [f"{column}_place" for column in columns]
    indexer = StringIndexer(inputCols=columns, outputCols=places, stringOrderType="alphabetAsc")
    fitted = indexer.fit(rows)
    cast = {place: F.col(place).cast("int") for place in places}
    return fitted.transform(rows).withColumns(cast), [list(each) for each in fitted.labelsArray]


def _factors(factors: DataFrame, ids: list[str]) -> pa.Table:
    """Return the factors of ids, by their places."""
    found = factors.select("id", F.col("features").cast("array<double>").alias("factors")).toArrow()
    names = pa.array([ids[place] for place in found["id"].to_pylist()], pa.string())
    return pa.table({"id": names, "factors": found["factors"].combine_chunks()})


def _fit_als(rows: DataFrame, params: Mapping[str, Any]) -> dict[str, pa.Table]:
    # A task carries all iterations since the last checkpoint, and Java's stack has an end.
    directory = rows.sparkSession.conf.get("spark.checkpoint.dir", None)
    if params["maxIter"] > _ITERATIONS and directory is None:
        raise ParameterError(
            f"MAX_ITER = {params['maxIter']}: for more than {_ITERATIONS} iterations MLlib's ALS "
            "needs a directory that the driver and the executors see. Start Spark with "
            "spark.checkpoint.dir set to one, or lower MAX_ITER."
        )
    placed, (users, items) = _indexed(rows, ["userCol", "itemCol"])
    columns: dict[str, Any] = {
        "userCol": "userCol_place",
        "itemCol": "itemCol_place",
        "ratingCol": "ratingCol",
    }
    fitted = ALS(**columns, **params, coldStartStrategy="nan").fit(
        placed.select(*columns.values()).localCheckpoint()
    )
    return {
        "users": _factors(fitted.userFactors, users),
        "items": _factors(fitted.itemFactors, items),
    }


def _fit_baskets(rows: DataFrame, params: Mapping[str, Any]) -> dict[str, pa.Table]:
    distinct = rows.select(F.array_distinct(F.array_compact("itemsCol")).alias("items"))
    fitted = FPGrowth(itemsCol="items", **params).fit(distinct)
    kept = ("antecedent", "consequent", "confidence", "lift", "support")
    return {
        "itemsets": fitted.freqItemsets.toArrow(),
        "rules": fitted.associationRules.select(*kept).toArrow(),
    }


def _fit_sequences(rows: DataFrame, params: Mapping[str, Any]) -> dict[str, pa.Table]:
    total = float(rows.count())
    spans = PrefixSpan(sequenceCol="sequenceCol", **params)
    found = spans.findFrequentSequentialPatterns(rows)
    support = (F.col("freq") / F.lit(total)).alias("support")
    return {"patterns": found.select("sequence", "freq", support).toArrow()}


def _fit_graph(rows: DataFrame, params: Mapping[str, Any]) -> dict[str, pa.Table]:
    ends = rows.select(F.col("srcCol").alias("id")).union(rows.select("dstCol"))
    indexer = StringIndexer(inputCol="id", outputCol="place", stringOrderType="alphabetAsc")
    fitted = indexer.fit(ends)
    for end, place in (("srcCol", "src"), ("dstCol", "dst")):
        fitted = fitted.copy({fitted.inputCol: end, fitted.outputCol: place})
        rows = fitted.transform(rows).withColumn(place, F.col(place).cast("long"))
    weight: dict[str, Any] = {"weightCol": "weightCol"} if "weightCol" in rows.columns else {}
    found = PowerIterationClustering(**params, **weight).assignClusters(rows).toArrow()
    names = fitted.labelsArray[0]
    ids = pa.array([names[place] for place in found["id"].to_pylist()], pa.string())
    return {"assignments": pa.table({"id": ids, "cluster": found["cluster"].combine_chunks()})}


_WEIGHT = RelationColumn(
    Option("weightCol", "column", doc="How alike the two are, 1 if left out; at least 0."),
    ("number",),
    "double",
    "a number",
    predicts=False,
)
_SUPPORT = Option(
    "minSupport", float, 0.3, "Least share of the rows that hold it.", minimum=0.0, maximum=1.0
)

RELATION_TYPES: Mapping[str, RelationType] = {
    "als": RelationType(
        _fit_als,
        "MLlib's matrix factorisation by alternating least squares: what a user would rate an "
        "item.",
        reads=(
            _id("userCol", "The column of users.", aliases=("USER",)),
            _id("itemCol", "The column of items.", aliases=("ITEM",)),
            RelationColumn(
                Option(
                    "ratingCol",
                    "column",
                    doc="The column of ratings, or of how often.",
                    aliases=("RATING", "LABEL", "INPUT_LABEL_COLS"),
                    required=True,
                ),
                ("number",),
                "double",
                "a number",
                predicts=False,
            ),
        ),
        own=(
            Option("rank", int, 10, "How many factors.", minimum=1, aliases=("NUM_FACTORS",)),
            Option("maxIter", int, 10, "Iterations.", minimum=0, aliases=("MAX_ITERATIONS",)),
            Option(
                "regParam", float, 0.1, "Weight of the penalty.", minimum=0.0, aliases=("L2_REG",)
            ),
            Option("implicitPrefs", bool, False, "Whether ratings count how often, not how good."),
            Option("alpha", float, 1.0, "Of implicit ratings: the weight of a count.", minimum=0.0),
            Option("nonnegative", bool, False, "Whether no factor is below 0."),
            Option("numUserBlocks", int, 10, "Blocks of users.", minimum=1, decides=False),
            Option("numItemBlocks", int, 10, "Blocks of items.", minimum=1, decides=False),
            Option("seed", int, DEFAULT_SEED, "Seed.", minimum=LONG[0], maximum=LONG[1]),
        ),
        tells=rater,
        capabilities={"evaluate": rating_metrics, "recommend": recommend},
        returns="double",
        judged="`rmse`, `mse`, `mae`, `r2` and `explained_variance` of the ratings, and `ndcg` and "
        "`map` of how they rank the items of each user, where a rating above 0 is relevant.",
        aliases=("matrix_factorization",),
    ),
    "fp_growth": RelationType(
        _fit_baskets,
        "MLlib's FP-growth: items that are often together, and rules of what follows from which "
        "(Han et al. 2000). A prediction is what follows from the items of a row.",
        reads=(
            RelationColumn(
                Option(
                    "itemsCol",
                    "column",
                    doc="The column of baskets, arrays.",
                    aliases=("ITEMS",),
                    required=True,
                ),
                ("tokens", "vector"),
                "array<string>",
                "an array of strings or numbers",
            ),
        ),
        own=(
            _SUPPORT,
            Option(
                "minConfidence",
                float,
                0.8,
                "Least share of the rows with the antecedent that hold the consequent.",
                minimum=0.0,
                maximum=1.0,
            ),
            Option("numPartitions", int, None, "Partitions to work in.", minimum=1, decides=False),
        ),
        tells=follower,
        capabilities={"rules": association_rules},
        returns="array<string>",
    ),
    "power_iteration_clustering": RelationType(
        _fit_graph,
        "MLlib's power iteration clustering of a graph, a row an edge (Lin, Cohen 2010). A "
        "prediction is the cluster of the node in the first column.",
        reads=(
            _id("srcCol", "The column of one node of each edge.", aliases=("SRC",)),
            _id("dstCol", "The column of the other.", aliases=("DST",), predicts=False),
            _WEIGHT,
        ),
        own=(
            Option("k", int, 2, "How many.", minimum=2, key="NUM_CLUSTERS", aliases=("K",)),
            Option("maxIter", int, 20, "Iterations.", minimum=1, aliases=("MAX_ITERATIONS",)),
            Option("initMode", str, "random", "How it starts.", choices=("random", "degree")),
        ),
        tells=assigner,
        capabilities={"clusters": assignment_sizes},
        returns="int",
    ),
    "prefix_span": RelationType(
        _fit_sequences,
        "MLlib's PrefixSpan: sequences of sets of items that are often in this order (Pei et al. "
        "2001).",
        reads=(
            RelationColumn(
                Option(
                    "sequenceCol",
                    "column",
                    doc="The column of sequences, arrays of arrays.",
                    aliases=("SEQUENCE",),
                    required=True,
                ),
                ("array<array<string>>", "array<array<int>>", "array<array<bigint>>"),
                "array<array<string>>",
                "an array of arrays of strings or integers",
            ),
        ),
        own=(
            Option(
                "minSupport",
                float,
                0.1,
                "Least share of the rows that hold it.",
                minimum=0.0,
                maximum=1.0,
            ),
            Option("maxPatternLength", int, 10, "Most items of a sequence.", minimum=1),
            Option(
                "maxLocalProjDBSize",
                int,
                32_000_000,
                "Most items that are mined in one process.",
                minimum=1,
                maximum=LONG[1],
                key="MAX_LOCAL_PROJ_DB_SIZE",
                decides=False,
            ),
        ),
        capabilities={"rules": sequences},
    ),
}
