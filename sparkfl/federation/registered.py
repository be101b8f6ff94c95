"""A fitted federation as something that can be registered, with its local models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pyarrow.compute as pc

from sparkfl.federation.data import FederationData
from sparkfl.federation.inputs import STORE
from sparkfl.federation.local_model import LocalModel
from sparkfl.federation.schemas import PREDICTION

__all__ = ["FederatedModel", "StoreModel", "read_store"]


@dataclass(frozen=True)
class FederatedModel:
    """A fitted federation, registered whole.

    Parameters
    ----------
    data : FederationData
        Content of the fitted model.
    """

    data: FederationData
    modelType = "federated_clustering"
    scorer = "sparkfl.federation.data:FederationData.read"

    def inputFields(self) -> list[tuple[str, str]]:
        """Store column and features."""
        inputs = self.data.inputs
        return [(inputs.store_col, inputs.store_type), *self.features()]

    def outputFields(self) -> list[tuple[str, str]]:
        """Columns that `transform` adds."""
        return [(f.name, f.dataType.simpleString()) for f in PREDICTION.fields]

    def features(self) -> list[tuple[str, str]]:
        """Columns that hold the features."""
        return [(column.name, column.type) for column in self.data.inputs.columns]

    def write(self, directory: Path) -> None:
        """Write the whole federation."""
        self.data.write(directory)

    @cached_property
    def _stores(self) -> dict[str, object]:
        """Values of the store column that have a model, by their text."""
        values = self.data.tables["local_models"][STORE].to_pylist()
        return {str(value): value for value in values}

    def stores(self) -> list[str]:
        """Return the stores that have a local model."""
        return sorted(self._stores)

    def local(self, store: str) -> StoreModel:
        """Return the local model of one store."""
        return StoreModel(self, self._stores[store])


@dataclass(frozen=True)
class StoreModel:
    """The local model of one store, registered by itself."""

    federation: FederatedModel
    store: object
    modelType = "local_clustering"
    scorer = "sparkfl.federation.registered:read_store"

    def inputFields(self) -> list[tuple[str, str]]:
        """Features; the store needs no naming."""
        return self.federation.features()

    def outputFields(self) -> list[tuple[str, str]]:
        """Column that the local model adds."""
        return [("local_prediction", PREDICTION["local_prediction"].dataType.simpleString())]

    def write(self, directory: Path) -> None:
        """Write the federation without the other stores."""
        data = self.federation.data
        own = {
            name: table.filter(pc.field(STORE) == self.store)
            for name, table in data.tables.items()
            if STORE in table.column_names
        }
        replace(data, tables={**data.tables, **own}).write(directory)


def read_store(directory: Path) -> LocalModel:
    """Read the one local model in a directory; its `predict` adds `local_prediction`."""
    data = FederationData.read(directory)
    return data.local_model(data.tables["local_models"][STORE][0].as_py())
