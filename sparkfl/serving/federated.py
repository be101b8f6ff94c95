"""CREATE FEDERATED MODEL: `FederatedClustering` trained and used from SQL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import NumericType, StructType

from sparkfl.errors import ParameterError, SchemaError
from sparkfl.federation.centroids import input_centres
from sparkfl.federation.data import FederationData
from sparkfl.federation.estimator import FederatedClustering, FederatedClusteringModel
from sparkfl.federation.evaluation import evaluate, figures
from sparkfl.federation.registered import FederatedModel
from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.metrics.centroids import centroid_table
from sparkfl.models.inputs import InputColumn, bind, find, source
from sparkfl.models.training import cached
from sparkfl.options import Option, resolve
from sparkfl.serving.trained import Trained
from sparkfl.transforms.clause import ColumnRef, TransformItem, TransformList

__all__ = ["FEDERATED", "FEDERATED_OPTIONS", "FederatedSqlModel", "train_federated"]

FEDERATED = "federated_clustering"
_OUTPUTS = ("local_prediction", "prediction", "anomaly_score", "is_anomaly", "anomaly_reason")

FEDERATED_OPTIONS: Mapping[str, Option] = {
    "MODEL_TYPE": Option("algorithm", str, aliases=("TYPE",)),
    "NUM_CLUSTERS": Option("k", int, 3, minimum=2, aliases=("K",)),
    "SEED": Option("seed", int, 0),
    "GLOBAL_NUM_CLUSTERS": Option("globalK", int, 8, minimum=2, aliases=("GLOBAL_K",)),
    "GLOBAL_SEED": Option("globalSeed", int, 0),
    "MIN_CLUSTER_SIZE": Option("minClusterSize", int, 10),
    "WEIGHTED": Option("weighted", bool, True),
    "SCALING": Option("scaling", str, "federation", ("federation", "store", "none")),
    "CONTAMINATION": Option("contamination", float, 0.05),
}


def train_federated(
    spark: SparkSession,
    query: str,
    store: str,
    options: Mapping[str, object],
    clause: TransformList | None,
    before: FederatedClusteringModel | None = None,
) -> Trained:
    """Train a federated model on a query.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session the query runs in.
    query : str
        The query after AS.
    store : str
        The column of PARTITION BY.
    options : mapping
        OPTIONS, keys in upper case.
    clause : TransformList or None
        TRANSFORM with one ``vector_assembler``; None for all numeric columns but the store's.
    before : FederatedClusteringModel, optional
        Model to update: stores whose rows have not changed since are not trained again.

    Raises
    ------
    ParameterError
        If an option is unknown or invalid.
    SchemaError
        If the query lacks a column, or no store can be trained.
    """
    params = resolve(options, FEDERATED_OPTIONS, "A federated model")
    if "algorithm" not in params:
        raise ParameterError(
            f"OPTIONS has no MODEL_TYPE; choose one of {', '.join(map(repr, ALGORITHMS))}."
        )
    df = spark.sql(query)
    if find(df.schema, [store]) is None:
        raise SchemaError(
            f"PARTITION BY {store}: the query has no such column; it has {', '.join(df.columns)}."
        )
    features = _assembled(clause) if clause else _numeric(df.schema, store)
    estimator = FederatedClustering(storeCol=store, inputCols=features, **params)
    with cached(df.select(*[source(df, name).alias(name) for name in (store, *features)])) as rows:
        model = estimator.update(before, rows) if before else estimator.fit(rows)
        kept = figures(model, rows)
        return Trained(FederatedModel(model.data, dict(rows.dtypes)), kept.metrics, kept.tables)


def _assembled(clause: TransformList) -> list[str]:
    """Return the columns of the one vector_assembler that TRANSFORM may hold."""
    item = clause.items[0]
    if len(clause.items) != 1 or item.function != "vector_assembler":
        raise ParameterError(
            "TRANSFORM of a federated model is one vector_assembler(array(…)); "
            "scale by OPTIONS(SCALING = 'federation' | 'store' | 'none')."
        )
    columns: list[str] = []
    for argument in item.arguments:
        for part in argument if isinstance(argument, tuple) else (argument,):
            if not isinstance(part, ColumnRef):
                raise ParameterError(f"vector_assembler takes columns, not {part!r}.")
            columns.append(str(part))
    return columns


def _numeric(schema: StructType, store: str) -> list[str]:
    """Return the numeric columns of a query that has no TRANSFORM."""
    others = [f for f in schema.fields if f.name.lower() != store.lower()]
    wrong = [
        f"{f.name} {f.dataType.simpleString()}"
        for f in others
        if not isinstance(f.dataType, NumericType)
    ]
    if wrong or not others:
        raise SchemaError(
            f"Without TRANSFORM every column but {store} must be numeric; the query has "
            f"{', '.join(wrong) or 'none'}. Leave such columns out of the query, or name the "
            "features in TRANSFORM(vector_assembler(array(…)) features)."
        )
    return [f.name for f in others]


@dataclass(frozen=True)
class FederatedSqlModel:
    """A federated model behind the table functions."""

    data: FederationData
    modelType = FEDERATED

    @classmethod
    def read(cls, directory: Path) -> FederatedSqlModel:
        """Read the files of a version."""
        return cls(FederationData.read(directory))

    def on(self, spark: SparkSession) -> FederatedClusteringModel:
        """Return it as the Spark model it was, in a session."""
        return FederatedClusteringModel(spark, self.data)

    @property
    def capabilities(self) -> dict[str, Callable[..., DataFrame]]:
        """What it can be asked."""
        return {
            "predict": self.predict,
            "evaluate": self.evaluate,
            "centroids": self.centroids,
            "verdicts": self.verdicts,
        }

    @property
    def clause(self) -> TransformList:
        """The TRANSFORM that names its features."""
        features = self.data.inputs.features
        columns = tuple(ColumnRef(tuple(f.split("."))) for f in features)
        item = TransformItem("vector_assembler", (columns,), "features")
        return TransformList((item,), f"vector_assembler(array({', '.join(features)})) features")

    def predict(self, df: DataFrame, hidden: bool = False) -> DataFrame:
        """Return the rows with what `FederatedClusteringModel.transform` adds."""
        del hidden
        scored = self.on(df.sparkSession).transform(self._named(df))
        return scored.toDF(*df.columns, *scored.columns[len(df.columns) :])

    def evaluate(self, df: DataFrame) -> DataFrame:
        """Return a row a store, as `sparkfl.federation.evaluation.evaluate` does."""
        return evaluate(self.on(df.sparkSession), self._named(df))

    def centroids(self, spark: SparkSession, scaled: bool = False) -> DataFrame:
        """Return the centres of the global clusters, a row a cluster and feature."""
        clusters = self.data.clusters
        centres = clusters.mean if scaled else input_centres(self.data)
        return centroid_table(spark, self.data.inputs.features, centres, clusters.n.tolist())

    def verdicts(self, spark: SparkSession) -> DataFrame:
        """Return what became of each store; the hash of its rows stays with the model."""
        return self.on(spark).verdicts.drop("content")

    def _named(self, df: DataFrame) -> DataFrame:
        """Return a query under the model's names, which go by position where none is there."""
        inputs = self.data.inputs
        expected = [InputColumn(inputs.store_col, "", inputs.store_type)]
        expected += [InputColumn(name, "", "double") for name in inputs.features]
        bind(df, expected)
        names = [e.path for e in expected]
        there = {c.lower() for c in df.columns}
        return df if there.issuperset(n.lower() for n in names) else df.toDF(*names)
