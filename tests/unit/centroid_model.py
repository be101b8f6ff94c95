"""A model that needs no Spark, for the registry's tests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from sparkfl.registry import Field


@dataclass(frozen=True)
class Centroids:
    """Nearest of some centres on a line."""

    centres: tuple[float, ...] = (0.0, 10.0)
    modelType: str = "kmeans"
    readers = {
        "scorer": "centroid_model:read_centroids",
        "reader": "centroid_model:read_with_session",
    }

    def inputFields(self) -> list[Field]:
        return [Field("x", "double"), Field("visits", "bigint")]

    def write(self, directory: Path) -> None:
        (directory / "centres.json").write_text(json.dumps(self.centres))

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        distance = np.abs(frame.x.to_numpy()[:, None] - np.array(self.centres))
        return frame.assign(prediction=distance.argmin(axis=1))


@dataclass(frozen=True)
class FederatedCentroids(Centroids):
    """A model a store."""

    modelType: str = "federated"
    locals: dict[str, Centroids] = field(default_factory=dict)

    def stores(self) -> list[str]:
        return sorted(self.locals)

    def local(self, store: str) -> Centroids:
        return self.locals[store]


def read_with_session(directory: Path, session: object) -> tuple[Centroids, object]:
    return read_centroids(directory), session


def read_centroids(directory: Path) -> Centroids:
    return Centroids(tuple(json.loads((directory / "centres.json").read_text())))
