"""What a fitted model must offer to be registered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FederatedRegistrable", "KnownOutputs", "Registrable", "Scorer"]


class Scorer(Protocol):
    """A model read from its files, ready to score pandas frames without Spark."""

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the input columns with the model's output columns added."""


class Registrable(Protocol):
    """A fitted model that :class:`~sparkfl.registry.ModelRegistry` can version."""

    @property
    def modelType(self) -> str:
        """Name of the model type, such as ``'federated_clustering'``."""

    @property
    def scorer(self) -> str:
        """``'module:function'``, where the function makes a Scorer of a directory (a Path).

        It is written into every version, so it must not be renamed.
        """

    def inputFields(self) -> list[tuple[str, str]]:
        """Name and Spark SQL type of each input column."""

    def write(self, directory: Path) -> None:
        """Write the model's files into an empty directory on the driver's local disk."""


@runtime_checkable
class KnownOutputs(Protocol):
    """A model that knows which columns its scoring adds."""

    def outputFields(self) -> list[tuple[str, str]]:
        """Name and Spark SQL type of each column that scoring adds."""


@runtime_checkable
class FederatedRegistrable(Registrable, Protocol):
    """A model made of one local model a store, each of which can be registered by itself."""

    def stores(self) -> list[str]:
        """Return the stores that have a local model, sorted."""

    def local(self, store: str) -> Registrable:
        """Return the local model of one store."""
