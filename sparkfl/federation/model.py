"""The fitted federation: its tables as DataFrames, and predictions for any customer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
from pyspark.ml import Model
from pyspark.ml.util import DefaultParamsReader, DefaultParamsWriter, MLReader, MLWriter
from pyspark.ml.util import MLReadable as Readable
from pyspark.ml.util import MLWritable as Writable
from pyspark.sql import DataFrame, SparkSession

from sparkfl.columns import arrow_frame, check_taken, spark_frame
from sparkfl.errors import ModelNotFoundError
from sparkfl.federation.arrow import TABLES, table_schema
from sparkfl.federation.data import FederationData
from sparkfl.federation.params import FederatedClusteringParams
from sparkfl.federation.scoring import score
from sparkfl.federation.summary import TrainingSummary
from sparkfl.federation.without import without_stores
from sparkfl.federation.writer import Writer
from sparkfl.formats import check_class, check_format
from sparkfl.remote import ship

__all__ = ["FederatedClusteringModel", "read_model"]


class FederatedClusteringModel(
    Model, FederatedClusteringParams, Writable, Readable["FederatedClusteringModel"]
):
    """What `FederatedClustering` fits: local models, the global model and the anomaly rule.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session of the DataFrames below.
    data : FederationData
        What was fitted.
    summary : TrainingSummary, optional
        How.

    Attributes
    ----------
    data : FederationData
        What was fitted, without Spark.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> rows = [(s, float(x % 2 * 50 + x)) for s in ("north", "south") for x in range(40)]
    >>> df = spark.createDataFrame(rows, "store_id string, spend double")
    >>> model = FederatedClustering(inputCols=["spend"], k=2, globalK=2).fit(df)
    >>> model.matches.select("store_id", "local_cluster", "global_cluster").show()
    +--------+-------------+--------------+
    |store_id|local_cluster|global_cluster|
    +--------+-------------+--------------+
    |   north|            0|             0|
    |   north|            1|             1|
    |   south|            0|             0|
    |   south|            1|             1|
    +--------+-------------+--------------+
    """

    def __init__(
        self, spark: SparkSession, data: FederationData, summary: TrainingSummary | None = None
    ) -> None:
        super().__init__()
        self.data = data
        self._summary = summary
        self._spark = spark
        self._set(**data.params)

    @property
    def registrable(self) -> FederationData:
        """What :class:`~sparkfl.registry.ModelRegistry` registers."""
        return self.data

    @property
    def hasSummary(self) -> bool:
        """Whether the model was fitted in this session, and not loaded."""
        return self._summary is not None

    @property
    def summary(self) -> TrainingSummary:
        """How the training went: stages, and which way stores were fitted and why.

        Raises
        ------
        ModelNotFoundError
            If the model was loaded.
        """
        if self._summary is None:
            raise ModelNotFoundError(
                "A loaded model has no summary of its training; the verdicts tell the path of each "
                "store."
            )
        return self._summary

    @property
    def scalingUsed(self) -> str:
        """Whose moments scale the features, and why those."""
        return f"{self.data.scaled_by}: {self.data.scaling_reason}"

    @property
    def releases(self) -> DataFrame:
        """What the stores released; schema `sparkfl.federation.schemas.releases`."""
        return self._table("releases", self.data.tables["releases"])

    @property
    def verdicts(self) -> DataFrame:
        """What became of each store; schema `sparkfl.federation.schemas.verdicts`."""
        return self._table("verdicts", self.data.tables["verdicts"])

    @property
    def changes(self) -> DataFrame:
        """What this version did to each store; schema `sparkfl.federation.schemas.changes`."""
        return self._table("changes", self.data.tables["changes"])

    @property
    def localModels(self) -> DataFrame:
        """Model of each store that released one; `sparkfl.federation.schemas.local_models`."""
        return self._table("local_models", self.data.tables["local_models"])

    @property
    def globalModel(self) -> DataFrame:
        """Global clusters; schema `sparkfl.federation.schemas.GLOBAL_MODEL`."""
        return self._table("global_model", self.data.tables["global_model"])

    @property
    def matches(self) -> DataFrame:
        """Nearest global cluster of each released one; `sparkfl.federation.schemas.matches`."""
        return self._table("matches", self.data.matches)

    @property
    def anomalousClusters(self) -> DataFrame:
        """Most anomalous cluster a store; `sparkfl.federation.schemas.anomalous_clusters`."""
        return self._table("anomalous_clusters", self.data.anomalous_clusters)

    def without(self, *stores: object) -> FederatedClusteringModel:
        """Return the model without some stores, see `sparkfl.federation.without.without_stores`.

        Raises
        ------
        ModelNotFoundError
            If one is not in it.
        AggregationError
            If no other has released a cluster.
        """
        return FederatedClusteringModel(self._spark, without_stores(self.data, stores))

    def _table(self, name: str, table: pa.Table) -> DataFrame:
        """Show an Arrow table as a DataFrame, its store under the name of the store column."""
        schema = table_schema(name, self.data.inputs)
        frame = arrow_frame(self._spark, table, schema)
        return frame.toDF(*self.data.inputs.shown(schema.names))

    def _transform(self, dataset: DataFrame) -> DataFrame:
        """Add the columns of `federation.schemas.PREDICTION`; a plan without actions or UDFs."""
        check_taken(spark_frame(dataset, "transform").columns, self.data.outputs.names)
        ship(dataset.sparkSession)
        return score(dataset, self.data)

    def write(self) -> MLWriter:
        """Return a writer of this model."""
        return _ModelWriter(self)

    @classmethod
    def read(cls) -> MLReader[FederatedClusteringModel]:
        """Return a reader of saved models."""
        return _ModelReader()


def read_model(directory: Path, spark: SparkSession) -> FederatedClusteringModel:
    """Read the files that `FederationData.write` wrote, for a session."""
    return FederatedClusteringModel(spark, FederationData.read(directory))


class _ModelWriter(Writer):
    """Writes parameters as pyspark.ml does, and each table as Parquet."""

    def __init__(self, model: FederatedClusteringModel) -> None:
        super().__init__()
        self._model = model

    def saveImpl(self, path: str) -> None:
        """Save under a path of any file system that Spark knows."""
        model, spark = self._model, self.sparkSession
        extra: dict[str, Any] = {"federation": model.data.metadata()}
        DefaultParamsWriter.saveMetadata(model, path, spark, extraMetadata=extra)
        for name in TABLES:
            schema = table_schema(name, model.data.inputs)
            table = arrow_frame(spark, model.data.tables[name], schema)
            table.coalesce(1).write.parquet(f"{path}/data/{name}")


class _ModelReader(MLReader[FederatedClusteringModel]):
    """Reads what `_ModelWriter` wrote."""

    def load(self, path: str) -> FederatedClusteringModel:
        """Load from a path."""
        spark = self.sparkSession
        metadata = DefaultParamsReader.loadMetadata(path, spark)
        check_class(metadata["class"], FederatedClusteringModel.__name__, path)
        federation = metadata.get("federation", {})
        check_format(federation.get("format"), f"The model in {path}")
        tables = {name: spark.read.parquet(f"{path}/data/{name}").toArrow() for name in TABLES}
        data = FederationData.of_metadata(federation, tables)
        model = FederatedClusteringModel(spark, data)
        model._resetUid(metadata["uid"])
        DefaultParamsReader.getAndSetParams(model, metadata)
        return model
