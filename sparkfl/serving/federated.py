"""CREATE FEDERATED MODEL: `FederatedClustering` trained and used from SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql.types import NumericType, StructType

from sparkfl.columns import find, missing
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.execution.cached import cached
from sparkfl.federation.estimator import FederatedClustering, FederatedClusteringModel
from sparkfl.federation.evaluation import evaluate, training_report
from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.options import Option, resolve
from sparkfl.serving.trained import Trained
from sparkfl.transforms.clause import ColumnRef, TransformItem, TransformList

__all__ = ["FEDERATED", "FEDERATED_OPTIONS", "FederatedSqlModel", "train_federated"]

FEDERATED = "federated_clustering"
_OUTPUTS = ("local_prediction", "prediction", "anomaly_score", "is_anomaly", "anomaly_reason")

_SEEDS = 2**32 - 1
FEDERATED_OPTIONS: Sequence[Option] = (
    Option("algorithm", str, key="MODEL_TYPE", aliases=("TYPE",)),
    Option("k", int, 3, minimum=2, key="NUM_CLUSTERS", aliases=("K",)),
    Option("seed", int, 0, minimum=0, maximum=_SEEDS),
    Option("globalK", int, 8, minimum=2, key="GLOBAL_NUM_CLUSTERS", aliases=("GLOBAL_K",)),
    Option("globalSeed", int, 0, minimum=0, maximum=_SEEDS),
    Option("minClusterSize", int, 10, minimum=3),
    Option("weighted", bool, True),
    Option("scaling", str, "federation", choices=("federation", "store", "none")),
    Option("handleInvalid", str, "error", choices=("error", "skip")),
    Option("contamination", float, 0.05, above=0, maximum=0.5),
)


def train_federated(
    df: DataFrame,
    store: str,
    options: Mapping[str, object],
    clause: TransformList | None,
    before: FederatedClusteringModel | None = None,
) -> Trained:
    """Train a federated model on a query.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
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
    if find(df.schema, [store]) is None:
        raise missing([store], df.columns, "PARTITION BY: the query")
    features = _assembled(clause) if clause else _numeric(df.schema, store)
    estimator = FederatedClustering(storeCol=store, inputCols=features, **params)
    with cached(df) as rows:
        model = estimator.update(before, rows) if before else estimator.fit(rows)
        kept = training_report(model, rows)
        return Trained(model.data, kept.metrics, kept.tables)


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
    """A federated model behind model_predict and model_evaluate."""

    model: FederatedClusteringModel

    @property
    def clause(self) -> TransformList:
        """The TRANSFORM that names its features."""
        features = [column.name for column in self.model.data.inputs.columns]
        columns = tuple(ColumnRef(tuple(f.split("."))) for f in features)
        item = TransformItem("vector_assembler", (columns,), "features")
        return TransformList((item,), f"vector_assembler(array({', '.join(features)})) features")

    def predict(self, df: DataFrame, hidden: bool = False) -> DataFrame:
        """Return the rows with what `FederatedClusteringModel.transform` adds."""
        del hidden
        return self.model.transform(df)

    def evaluate(self, df: DataFrame) -> DataFrame:
        """Return a row a store, as `sparkfl.federation.evaluation.evaluate` does."""
        return evaluate(self.model, df)
