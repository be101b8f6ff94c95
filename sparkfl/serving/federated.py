"""CREATE FEDERATED MODEL: `FederatedClustering` trained and asked from SQL."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructType

from sparkfl.columns import INTERNAL, arrow_frame, check_taken, kind_of, quote, resolve_all
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.execution.cached import cached
from sparkfl.execution.encrypted import EncryptedAnswer
from sparkfl.federation.arrow import arrow_table, table_schema
from sparkfl.federation.centroids import input_centres
from sparkfl.federation.estimator import FederatedClustering, FederatedClusteringModel
from sparkfl.federation.evaluation import evaluate, training_report
from sparkfl.federation.influence import Influence, influence
from sparkfl.federation.options import ALGORITHM, OPTIONS, SCALINGS
from sparkfl.federation.policy import require_guard
from sparkfl.federation.scoring.encrypted import encrypted_forms
from sparkfl.federation.scoring.shares import shares
from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.metrics.centroids import centroid_table, cluster_table
from sparkfl.models.answers.explain import mean_sizes
from sparkfl.models.answers.explanation import EXPLAINED
from sparkfl.models.answers.told import ranked
from sparkfl.options import resolve, spelled
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.serving.catalog import qualified, registry
from sparkfl.serving.trained import Trained
from sparkfl.serving.unpredicted import handling
from sparkfl.transforms.clause import ColumnRef, TransformList

__all__ = ["FEDERATED_CAPABILITIES", "federated_estimator", "train_again", "train_federated"]

_PARTS = INTERNAL + "parts"


def train_federated(
    rows: DataFrame,
    store: str,
    options: Mapping[str, object],
    clause: TransformList | None,
) -> Trained:
    """Train a federated model on a query.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        The query after AS.
    store : str
        The column of PARTITION BY.
    options : mapping
        OPTIONS, keys in any case.
    clause : TransformList or None
        TRANSFORM with one ``vector_assembler``; None for all columns but the store's.

    Raises
    ------
    ParameterError
        If an option is unknown or invalid.
    SchemaError
        If the query lacks a column, or no store can be trained.
    """
    options, policy = with_policy(rows.sparkSession, options)
    hidden = policy.entity_key if policy else None
    features = _assembled(clause) if clause else _features(rows, store, hidden)
    return _trained(rows, store, features, options)


def train_again(
    before: FederatedClusteringModel,
    rows: DataFrame,
    options: Mapping[str, object],
    clause: TransformList | None,
    incremental: bool,
) -> Trained:
    """Train a model's next version; incrementally only the stores whose rows have changed."""
    options, _ = with_policy(rows.sparkSession, options)
    inputs = before.data.inputs
    features = _assembled(clause) if clause else [column.name for column in inputs.columns]
    with spelled(OPTIONS, lambda option: option.key):
        estimator = federated_estimator(inputs.store_col, features, options)
        require_guard(before.data.guarded, estimator, rows.sparkSession)
    return _trained(rows, inputs.store_col, features, options, before if incremental else None)


def _trained(
    rows: DataFrame,
    store: str,
    features: Sequence[str],
    options: Mapping[str, object],
    before: FederatedClusteringModel | None = None,
) -> Trained:
    """Train on a query that runs once."""
    resolve_all(rows, [store], "PARTITION BY: the query")
    estimator = federated_estimator(store, features, options)
    with cached(rows) as kept, spelled(OPTIONS, lambda option: option.key):
        model = estimator.update(before, kept) if before else estimator.fit(kept)
        report = training_report(model, kept)
        figures = report.metrics, report.tables, report.tags
        return Trained(model.data, *figures, options=dict(options))


def federated_estimator(
    store: str, features: Sequence[str], options: Mapping[str, object]
) -> FederatedClustering:
    """Return the estimator that OPTIONS describe.

    Raises
    ------
    ParameterError
        If an option is unknown, invalid or missing.
    """
    params = resolve(options, OPTIONS, "A federated model")
    if not ALGORITHM.named_in(options):
        raise ParameterError(
            f"OPTIONS has no MODEL_TYPE; choose one of {', '.join(map(repr, ALGORITHMS))}, or a "
            "class of scikit-learn by its dotted path."
        )
    # What is given is set; what is not has a default, which a private policy may change.
    given = {o.param: params[o.param] for o in OPTIONS if o.named_in(options) and o.param in params}
    return FederatedClustering(storeCol=store, inputCols=list(features), **given)


def _assembled(clause: TransformList) -> list[str]:
    """Return the columns of the one vector_assembler that TRANSFORM may hold."""
    item = clause.items[0]
    if len(clause.items) != 1 or item.function != "vector_assembler":
        raise ParameterError(
            "TRANSFORM of a federated model is one vector_assembler(array(…)); "
            f"scale by OPTIONS(SCALING = {' | '.join(map(repr, SCALINGS))})."
        )
    columns: list[str] = []
    for argument in item.arguments:
        for part in argument if isinstance(argument, tuple) else (argument,):
            if not isinstance(part, ColumnRef):
                raise ParameterError(f"vector_assembler takes columns, not {part!r}.")
            columns.append(str(part))
    return columns


def with_policy(
    spark: SparkSession, options: Mapping[str, object]
) -> tuple[Mapping[str, object], ReleasePolicy | None]:
    """Put what a release policy says in place of its name, so that the version keeps to it.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session in which the name is one.
    options : mapping
        OPTIONS, keys in any case.

    Returns
    -------
    tuple of mapping and ReleasePolicy or None
        OPTIONS with the JSON of the policy, and the policy, if there is one.

    Raises
    ------
    PolicyNotFoundError
        If there is no policy of the name.
    """
    option = next(each for each in OPTIONS if each.param == "releasePolicy")
    if not option.named_in(options):
        return options, None
    key = option.key_in(options)
    given = option.check(options[key], key)
    if isinstance(given, str):
        given = registry(spark).policy(qualified(spark, given)).content
    policy = ReleasePolicy.of_json(given)
    return {**options, key: json.dumps(policy.to_json())}, policy


def _features(rows: DataFrame, store: str, entity: str | None) -> list[str]:
    """Return the columns of a query that has no TRANSFORM, but the store's and the entity's."""
    schema: StructType = rows.schema
    name = resolve_all(rows, [store], "PARTITION BY: the query")[0].path[0]
    none = [name]
    if entity is not None:
        what = "ENTITY_KEY of the release policy: the query"
        none.append(resolve_all(rows, [entity], what)[0].path[0])
    others = [f for f in schema.fields if f.name not in none]
    names = [f.name for f in schema.fields]
    twice = [each for place, each in enumerate(names) if each in names[:place]]
    if twice:
        raise SchemaError(
            f"The query has two columns {twice[0]!r}. Leave one out, or give it another name by AS."
        )
    wrong = [
        f"{f.name} {f.dataType.simpleString()}"
        for f in others
        if kind_of(f.dataType) not in ("number", "vector")
    ]
    if wrong or not others:
        raise SchemaError(
            f"Without TRANSFORM every column but {store} must be a number, or a vector or array of "
            f"numbers; the query has {', '.join(wrong) or 'none'}. Leave such columns out of the "
            "query, or name the features in TRANSFORM(vector_assembler(array(…)) features)."
        )
    return [f.name for f in others]


def _predict(model: FederatedClusteringModel, query: DataFrame, hidden: bool = False) -> DataFrame:
    """Return the rows with what `FederatedClusteringModel.transform` adds; nothing is hidden."""
    del hidden
    return model.transform(query)


def _detect(
    model: FederatedClusteringModel, query: DataFrame, contamination: float, top_k: int
) -> DataFrame:
    """Return what `transform` adds, with the customers flagged whose severity is large enough."""
    check_taken(query.columns, ["is_anomaly", "severity", "contributions"])
    parts = ranked(shares(query, model.data), model.data.inputs.features, "contribution", top_k)
    scored = model.transform(query)
    severity = F.col("anomaly_severity")
    anomaly = severity > 100.0 * (1.0 - contamination)
    others = [quote(name) for name in scored.columns if name not in ("is_anomaly", "anomaly_score")]
    return scored.select(
        *others,
        anomaly.alias("is_anomaly"),
        F.col("anomaly_score"),
        severity.alias("severity"),
        F.when(anomaly, parts).alias("contributions"),
    )


def _explain(model: FederatedClusteringModel, query: DataFrame, top_k: int) -> DataFrame:
    """Return what `transform` adds, with the share of each feature in the anomaly score."""
    check_taken(query.columns, EXPLAINED)
    parts = shares(query, model.data)
    attributions = ranked(parts, model.data.inputs.features, "attribution", top_k)
    valid = F.col("anomaly_score").isNotNull()
    values = (F.col("anomaly_score"), F.lit(0.0), F.lit(0.0), attributions)
    added = {name: F.when(valid, value) for name, value in zip(EXPLAINED, values, strict=True)}
    return model.transform(query).withColumns(added)


def _global_explain(model: FederatedClusteringModel, query: DataFrame) -> DataFrame:
    """Return the mean share of each feature in the anomaly scores of a query."""
    own = query.select(shares(query, model.data).alias(_PARTS))
    return mean_sizes(own.where(~F.isnan(F.col(_PARTS)[0])), _PARTS, model.data.inputs.features)


def _centroids(
    model: FederatedClusteringModel, spark: SparkSession, scaled: bool = False
) -> DataFrame:
    """Return the centres of the global clusters, a row a cluster and feature."""
    clusters = model.data.clusters
    centres = clusters.mean if scaled else input_centres(model.data)
    return centroid_table(spark, model.data.inputs.features, centres, clusters.n.tolist())


def _clusters(model: FederatedClusteringModel, spark: SparkSession) -> DataFrame:
    """Return how large and how wide the global clusters are, of released figures."""
    clusters = model.data.clusters
    spread = np.sqrt(clusters.ss.sum(axis=1) / np.maximum(clusters.n, 1))
    return cluster_table(spark, clusters.n.tolist(), spread.tolist())


def _verdicts(model: FederatedClusteringModel, spark: SparkSession) -> DataFrame:
    """Return what became of each store; the hash of its rows stays with the model."""
    return FederatedClusteringModel(spark, model.data).verdicts.drop("content")


def _influence(model: FederatedClusteringModel, spark: SparkSession) -> DataFrame:
    """Return how far the global clusters move without each store."""
    inputs = model.data.inputs
    found = [tuple(each) for each in influence(model.data)]
    columns = list(zip(*found, strict=True)) or [()] * len(Influence._fields)
    schema = table_schema("influence", inputs)
    frame = arrow_frame(spark, arrow_table("influence", inputs, columns), schema)
    return frame.toDF(*inputs.shown(schema.names))


FEDERATED_CAPABILITIES: Mapping[str, Callable[..., DataFrame]] = {
    "predict": handling(_predict),
    "evaluate": evaluate,
    "centroids": _centroids,
    "clusters": _clusters,
    "detect": _detect,
    "explain": _explain,
    "global_explain": _global_explain,
    "predict_encrypted": EncryptedAnswer(lambda model: encrypted_forms(model.data)),
    "influence": _influence,
    "verdicts": _verdicts,
}
"""What a federated model can be asked in SQL."""
