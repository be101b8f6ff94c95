"""A fitted federation without Spark: its tables, its files and its predictions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructType

from sparkfl.columns import check_taken
from sparkfl.columns.series import find_series
from sparkfl.errors import ModelNotFoundError
from sparkfl.federation import schemas
from sparkfl.federation.arrow import TABLES, arrow_table, conformed, summary_of, table_schema
from sparkfl.federation.format_3 import upgraded
from sparkfl.federation.inputs import STORE, Inputs
from sparkfl.federation.local_model import LocalModel, nearest_or_none, valid_rows
from sparkfl.formats import FORMAT, check_format
from sparkfl.registry import Field
from sparkfl.statistics.anomaly import DEGREES_OF_FREEDOM, AnomalyRule
from sparkfl.statistics.nearest import Discriminants, nearest
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.severity import ScoreDistribution
from sparkfl.statistics.summary import ClusterSummary

if TYPE_CHECKING:
    import pandas

__all__ = ["FederationData"]


@dataclass(frozen=True)
class FederationData:
    """Everything a fitted federation knows: releases and what follows from them.

    Parameters
    ----------
    params : mapping of str to object
        Parameters of the estimator, by name.
    inputs : Inputs
        What it reads.
    scaling : Scaling
        Into the clustering space; with scaling 'store', the pooled one that stores without a
        model of their own get.
    threshold : float
        Severity from which a customer is an anomaly; a score, if there is no `distribution`.
    tables : mapping of str to pyarrow.Table
        The `TABLES`, of the schemas in `sparkfl.federation.schemas`, in the order of the stores.
    scaled_by : {'federation', 'store', 'none'}, default 'federation'
        Whose moments made the scaling.
    scaling_reason : str, default 'as asked for'
        Why those.
    distribution : ScoreDistribution, optional
        Of the training customers' scores; None for a model that sparkfl 0.1.0 saved.
    large : tuple of int, optional
        Global clusters that count as large, by default those that `AnomalyRule` finds.
    degrees_of_freedom : float, default 4
        Of `AnomalyRule`.
    guarded : bool, optional
        Whether a guard against differencing held stores back; None if it was not written down.
    """

    params: Mapping[str, Any]
    inputs: Inputs
    scaling: Scaling
    threshold: float
    tables: Mapping[str, pa.Table]
    scaled_by: str = "federation"
    scaling_reason: str = "as asked for"
    distribution: ScoreDistribution | None = None
    large: tuple[int, ...] | None = None
    degrees_of_freedom: float = DEGREES_OF_FREEDOM
    guarded: bool | None = None
    modelType = "federated_clustering"
    readers = {
        "scorer": "sparkfl.federation.data:FederationData.read",
        "reader": "sparkfl.federation.model:read_model",
        "local_reader": "sparkfl.federation.data:FederationData.read_local",
    }

    def inputFields(self) -> list[Field]:
        """Store column, which may be left out, and features."""
        store = Field(self.inputs.store_col, self.inputs.store_type, required=False)
        return [store, *self.inputs.fields()]

    def outputFields(self) -> list[Field]:
        """Columns that `predict` adds."""
        return [Field(f.name, f.dataType.simpleString()) for f in self.outputs.fields]

    @property
    def outputs(self) -> StructType:
        """Columns that a prediction adds."""
        return schemas.PREDICTION if self.distribution else schemas.UNRANKED

    def stores(self) -> list[str]:
        """Return the stores that have a local model, by their text."""
        return sorted(map(str, self.tables["local_models"][0].to_pylist()))

    def local(self, store: str) -> LocalModel:
        """Return the local model of a store, by its text."""
        named: Mapping[object, LocalModel] = {str(s): m for s, m in self.local_models.items()}
        return _pick(named, store)

    @cached_property
    def releases(self) -> ClusterSummary:
        """Released clusters of all stores, in the order of the table."""
        return summary_of(self.tables["releases"])

    @cached_property
    def clusters(self) -> ClusterSummary:
        """Global clusters."""
        return summary_of(self.tables["global_model"])

    @cached_property
    def rule(self) -> AnomalyRule:
        """Anomaly rule of the global clusters."""
        large = None
        if self.large is not None:
            large = np.isin(np.arange(len(self.clusters)), self.large)
        return AnomalyRule.of_clusters(self.clusters, large, self.degrees_of_freedom)

    @cached_property
    def least_score(self) -> float:
        """Score from which a customer is an anomaly."""
        return self.distribution.score(self.threshold) if self.distribution else self.threshold

    @property
    def matches(self) -> pa.Table:
        """Nearest global cluster of each released cluster."""
        cluster, distance = nearest(self.releases.mean, self.clusters.mean)
        store, local = (column.to_pylist() for column in self.tables["releases"].columns[:2])
        columns = [store, local, cluster.tolist(), distance.tolist()]
        return arrow_table("matches", self.inputs, columns)

    @property
    def anomalous_clusters(self) -> pa.Table:
        """Highest scoring cluster of each store that released two or more."""
        stores, cluster = (column.to_pylist() for column in self.tables["releases"].columns[:2])
        score, reason = self.rule.score(self.releases.mean, self.inputs.features)
        released: dict[object, list[int]] = {}
        for i, store in enumerate(stores):
            released.setdefault(store, []).append(i)
        rows = [
            (stores[i], cluster[i], self.releases.n[i], score[i], reason[i], self.releases.mean[i])
            for i in (max(own, key=score.item) for own in released.values() if len(own) > 1)
        ]
        columns = list(zip(*rows, strict=True)) or [()] * 6
        return arrow_table("anomalous_clusters", self.inputs, columns)

    @cached_property
    def local_models(self) -> Mapping[object, LocalModel]:
        """Models of the stores that released one, by store."""
        return _local_models(self.tables["local_models"], self.inputs, self.scaling)

    @cached_property
    def local_discriminants(self) -> Discriminants:
        """Discriminants of all local models, padded to those of the store with most clusters."""
        models = self.tables["local_models"]["centres"].to_pylist()
        most = max(map(len, models), default=1)
        centres = np.full((len(models), most, len(self.inputs.features)), np.nan)
        for place, own in enumerate(models):
            centres[place, : len(own)] = own
        return Discriminants.of_centres(centres)

    def local_model(self, store: object) -> LocalModel:
        """Model of one store.

        Raises
        ------
        ModelNotFoundError
            If the store released nothing, or was not there.
        """
        return _pick(self.local_models, store)

    def predict(self, frame: pandas.DataFrame) -> pandas.DataFrame:
        """Add the output columns that the Spark model's `transform` adds, by numpy alone.

        Parameters
        ----------
        frame : pandas.DataFrame
            Rows with the input columns of the training; the store column may be left out.

        Returns
        -------
        pandas.DataFrame
            `frame` with `local_prediction` (Int32, NULL for a store without a model), `prediction`
            (Int32), `anomaly_score`, `anomaly_severity`, `is_anomaly` (boolean) and
            `anomaly_reason`; all NULL for a row with a feature that is not a finite number.

        Raises
        ------
        SchemaError
            If a column is missing, or has the name of an output.
        """
        import pandas as pd

        check_taken(map(str, frame.columns), self.outputs.names)
        rows = self.inputs.matrix(frame)
        scaled = self.scaling.transform(rows)
        local: list[int | None] = [None] * len(frame)
        for store, index in self._stores(frame).items():
            model = self.local_models[store]
            scaled[index] = model.scaling.transform(rows[index])
            for i, cluster in enumerate(nearest_or_none(scaled[index], model.centres)):
                local[index[i]] = cluster
        valid = valid_rows(scaled)
        score = np.full(len(frame), np.nan)
        reason = np.full(len(frame), None, dtype=object)
        score[valid], reason[valid] = self.rule.score(scaled[valid], self.inputs.features)
        columns: dict[str, Any] = {
            "local_prediction": pd.array(local, "Int32"),
            "prediction": pd.array(nearest_or_none(scaled, self.clusters.mean), "Int32"),
            "anomaly_score": score,
            "anomaly_severity": self.distribution.severity(score) if self.distribution else None,
            "is_anomaly": pd.Series(score >= self.least_score, frame.index, "boolean").where(valid),
            "anomaly_reason": reason,
        }
        return frame.assign(**{name: columns[name] for name in self.outputs.names})

    def _stores(self, frame: pandas.DataFrame) -> dict[object, Any]:
        """Positions of the rows of each store that has a model."""
        stores = find_series(frame, self.inputs.store_col)
        if stores is None:
            return {}
        positions = frame.groupby(stores.to_numpy(), sort=False).indices
        return {store: index for store, index in positions.items() if store in self.local_models}

    def write(self, directory: Path) -> None:
        """Write `metadata.json` and a Parquet file a table into a local directory."""
        directory = Path(directory)
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "metadata.json").write_text(json.dumps(self.metadata(), indent=2))
        for name, table in self.tables.items():
            pq.write_table(table, directory / f"{name}.parquet", row_group_size=1024)

    @classmethod
    def read(cls, directory: Path) -> FederationData:
        """Read what `write` wrote."""
        metadata = _read_metadata(directory)
        tables = {name: pq.read_table(Path(directory) / f"{name}.parquet") for name in TABLES}
        return cls.of_metadata(metadata, tables)

    @staticmethod
    def read_local(directory: Path, store: object) -> LocalModel:
        """Read the model of one store, without the others.

        Raises
        ------
        ModelNotFoundError
            If the store released nothing, or was not there.
        """
        metadata = _read_metadata(directory)
        inputs, scaling = Inputs.of_json(metadata["inputs"]), _scaling(metadata)
        path = Path(directory) / "local_models.parquet"
        try:
            wanted = pa.scalar(store, pq.read_schema(path).field(STORE).type)
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            return _pick({}, store)
        table = pq.read_table(path, filters=[(STORE, "=", wanted)])
        return _pick(_local_models(table, inputs, scaling), store)

    def metadata(self) -> dict[str, Any]:
        """All that is not a table, for JSON."""
        return {
            "format": FORMAT,
            "params": dict(self.params),
            "inputs": self.inputs.to_json(),
            "scaling": self.scaling.to_json(),
            "scaled_by": self.scaled_by,
            "scaling_reason": self.scaling_reason,
            "large": None if self.large is None else list(self.large),
            "degrees_of_freedom": self.degrees_of_freedom,
            "guarded": self.guarded,
            "distribution": self.distribution.to_json() if self.distribution else None,
            "threshold": self.threshold,
        }

    @classmethod
    def of_metadata(
        cls, metadata: Mapping[str, Any], tables: Mapping[str, pa.Table]
    ) -> FederationData:
        """Put a federation together from its metadata and its tables, their rows in any order."""
        inputs = Inputs.of_json(metadata["inputs"])
        ordered = {}
        for name in TABLES:
            schema = to_arrow_schema(table_schema(name, inputs))
            keys = [key for key in (STORE, "cluster") if key in schema.names]
            table = conformed(tables[name], schema)
            ordered[name] = table.sort_by([(key, "ascending") for key in keys])
        if metadata["format"] == 3:
            metadata = upgraded(metadata, ordered["global_model"]["n"].to_numpy())
        scores, large = metadata["distribution"], metadata["large"]
        return cls(
            metadata["params"],
            inputs,
            _scaling(metadata),
            float(metadata["threshold"]),
            ordered,
            metadata["scaled_by"],
            metadata["scaling_reason"],
            ScoreDistribution.of_json(scores) if scores else None,
            None if large is None else tuple(large),
            metadata["degrees_of_freedom"],
            metadata.get("guarded"),
        )


def _local_models(table: pa.Table, inputs: Inputs, scaling: Scaling) -> dict[object, LocalModel]:
    """Read the rows of a table of local models."""
    rows = table.to_pylist()
    return {row[STORE]: LocalModel.of_row(row, inputs, scaling) for row in rows}


def _pick(models: Mapping[object, LocalModel], store: object) -> LocalModel:
    """Look up a store's model."""
    if store not in models:
        raise ModelNotFoundError(
            f"Store {store!r} has no local model: it released nothing, or was not in the training "
            "data. The verdicts tell."
        )
    return models[store]


def _read_metadata(directory: Path) -> dict[str, Any]:
    """Read the metadata file."""
    metadata: dict[str, Any] = json.loads((Path(directory) / "metadata.json").read_text())
    check_format(metadata.get("format"), f"The federation in {directory}")
    return metadata


def _scaling(metadata: Mapping[str, Any]) -> Scaling:
    """Read the scaling from the metadata; format 3 has its numbers on the highest level."""
    return Scaling.of_json(metadata.get("scaling", metadata))
