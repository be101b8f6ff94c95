"""What a fitted model must offer to be registered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "FederatedRegistrable",
    "Field",
    "HasRegistrable",
    "KnownOutputs",
    "Registrable",
    "Scorer",
    "content_of",
]


class Field(NamedTuple):
    """An input column: name, Spark SQL type, and whether scoring cannot do without it."""

    name: str
    type: str
    required: bool = True


class Scorer(Protocol):
    """A model read from its files, ready to score pandas frames without Spark."""

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the input columns with the model's output columns added."""


@runtime_checkable
class Registrable(Protocol):
    """A fitted model that :class:`~sparkfl.registry.ModelRegistry` can version."""

    @property
    def modelType(self) -> str:
        """Name of the model type, such as ``'federated_clustering'``."""

    @property
    def readers(self) -> Mapping[str, str]:
        """Functions that read the files again, as ``'module:function'``.

        ``scorer`` makes a Scorer of a directory (a Path); ``reader``, if there is one, the model
        for Spark of a directory and a session; ``local_reader`` the model of one store of a
        directory and the store. They are written into every version, so they must not be renamed.
        """

    def inputFields(self) -> Sequence[Field]:
        """Return the input columns."""

    def write(self, directory: Path) -> None:
        """Write the model's files into an empty directory on the driver's local disk."""


@runtime_checkable
class KnownOutputs(Protocol):
    """A model that knows which columns its scoring adds."""

    def outputFields(self) -> Sequence[Field]:
        """Return the columns that scoring adds."""


@runtime_checkable
class FederatedRegistrable(Registrable, Protocol):
    """A model made of one local model a store, each of which can be registered by itself."""

    def stores(self) -> list[str]:
        """Return the stores that have a local model, sorted."""

    def local(self, store: str) -> Registrable:
        """Return the local model of one store."""


@runtime_checkable
class HasRegistrable(Protocol):
    """A model whose content is another object, and is what gets registered."""

    @property
    def registrable(self) -> Registrable:
        """What to register."""


def content_of(model: Any) -> Registrable:
    """Return what is registered of a model: its content, or itself."""
    return model.registrable if isinstance(model, HasRegistrable) else model
