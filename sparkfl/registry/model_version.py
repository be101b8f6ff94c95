"""One version of a registered model, and the MLflow tags that hold it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from sparkfl.errors import ParameterError

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion as MlflowVersion

    from sparkfl.registry.registrable import Registrable

__all__ = ["Definition", "ModelVersion"]

MAX_TAG = 100_000


@dataclass(frozen=True)
class Definition:
    """What a version was trained with: everything but its files and its number."""

    model_type: str
    fields: list[tuple[str, str]]
    source: str | None
    options: Mapping[str, object]
    transform: str | None

    @classmethod
    def of(
        cls,
        model: Registrable,
        source: str | None,
        options: Mapping[str, object],
        transform: str | None,
    ) -> Definition:
        """Describe a model."""
        fields = [(field.name, field.type) for field in model.inputFields()]
        return cls(model.modelType, fields, source, options, transform)

    def tags(self) -> dict[str, str]:
        """Encode as MLflow tags; nothing is cut, so what is too long is an error."""
        values = {
            "sparkfl.type": self.model_type,
            "sparkfl.fields": json.dumps(self.fields),
            "sparkfl.source": self.source,
            "sparkfl.options": json.dumps(dict(self.options), default=str),
            "sparkfl.transform": self.transform,
        }
        for key, value in values.items():
            if value is not None and len(value) > MAX_TAG:
                raise ParameterError(
                    f"The {key.removeprefix('sparkfl.')} of the model has {len(value)} "
                    f"characters; MLflow keeps {MAX_TAG}. Put the query into a view and train "
                    "from the view."
                )
        return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True)
class ModelVersion:
    """One version of a registered model.

    Attributes
    ----------
    name : str
        Name of the registered model, as it was first spelled.
    version : int
        From 1; never used twice.
    model_id : str
        UUID of the model, the same for all its versions until it is dropped.
    model_type : str
        Such as ``'federated_clustering'``.
    source : str or None
        Training query or table.
    options : dict
        Options of the training.
    transform : str or None
        Text of the TRANSFORM clause.
    fields : list of (str, str)
        Name and Spark SQL type of each input column.
    created, updated : datetime.datetime
        When the version was made and last changed, in UTC.
    created_by : str
        User who trained it.
    run_id : str
        MLflow run that holds parameters, metrics and files.
    tags : dict
        All tags of the version, sparkfl's own (``sparkfl.*``) included.

    Examples
    --------
    >>> now = datetime(2026, 1, 1, tzinfo=UTC)
    >>> ModelVersion("m", 1, "", "kmeans", None, {}, None, [], now, now, "me", "run").store is None
    True
    """

    name: str
    version: int
    model_id: str
    model_type: str
    source: str | None
    options: dict[str, object]
    transform: str | None
    fields: list[tuple[str, str]]
    created: datetime
    updated: datetime
    created_by: str
    run_id: str
    tags: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> str | None:
        """Store whose local model this is; None for a model of its own."""
        return self.tags.get("sparkfl.store")

    @classmethod
    def _from_mlflow(cls, entity: MlflowVersion) -> ModelVersion:
        """Decode the tags that `Definition.tags` wrote."""
        tags = dict(entity.tags)
        return cls(
            name=entity.name,
            version=int(entity.version),
            model_id=tags["sparkfl.model_id"],
            model_type=tags["sparkfl.type"],
            source=tags.get("sparkfl.source"),
            options=json.loads(tags["sparkfl.options"]),
            transform=tags.get("sparkfl.transform"),
            fields=[(name, kind) for name, kind in json.loads(tags["sparkfl.fields"])],
            created=timestamp(entity.creation_timestamp),
            updated=timestamp(entity.last_updated_timestamp),
            created_by=tags["sparkfl.created_by"],
            run_id=entity.run_id or "",
            tags=tags,
        )


def timestamp(milliseconds: int | None) -> datetime:
    """Convert MLflow's milliseconds since 1970."""
    return datetime.fromtimestamp((milliseconds or 0) / 1000, tz=UTC)
