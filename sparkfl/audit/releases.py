"""Releases of one's own: a model's version in the registry, its files, or a table of releases."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from sparkfl.audit.table import checked, clusters
from sparkfl.audit.told import Told
from sparkfl.errors import MissingPackageError, ParameterError, StorageError
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import Scaling

if TYPE_CHECKING:
    from sparkfl.federation.data import FederationData

__all__ = ["Version", "versions"]

_HALVES = re.compile("([0-9A-F]+)-([0-9A-F]+)")
_NAMED = re.compile(
    r"(?:models:/)?(?P<name>[^$@/]+)(?:\$(?P<number>\d+)|/(?P<slash>\d+)|[$/]?(?P<alias>@[\w-]+))?"
)


@dataclass(frozen=True)
class Version:
    """What all stores told at one time.

    Parameters
    ----------
    name : str
        What it is called.
    stores : mapping of object to Told
        What each store told: clusters in the clustering space; moments, if its scaling is its own,
        in the units of the columns.
    whole : Told
        What was told of all stores together: moments in the units of the columns.
    rows : mapping of object to int
        Rows of each store, as its verdict says.
    data : FederationData, optional
        The federation, if the releases are a model's.
    """

    name: str
    stores: Mapping[object, Told]
    whole: Told = field(default_factory=Told)
    rows: Mapping[object, int] = field(default_factory=dict)
    data: FederationData | None = None

    def comparable(self, other: Version) -> bool:
        """Tell whether both are in one clustering space, without which sums do not subtract."""
        if self.data is None or other.data is None:
            return True
        return self.data.scaling.to_json() == other.data.scaling.to_json()


def versions(named: Sequence[str], tracking_uri: str | None = None) -> list[Version]:
    """Read one or more versions of releases; no Spark is started.

    Parameters
    ----------
    named : sequence of str
        Of each: a model of the registry with a version, ``shops$3``, ``shops@champion`` or
        ``models:/shops/3``; a folder that a version was written or exported to; a Parquet file or
        folder with the columns ``store``, ``n``, ``mean`` and ``ss``. A model's name alone stands
        for its last two versions.
    tracking_uri : str, optional
        MLflow; its own setting by default. Models are read with pyspark, tables without.

    Returns
    -------
    list of Version
        In the order of the names.

    Raises
    ------
    StorageError
        If a path cannot be read.
    SchemaError
        If a table lacks a column, or holds what no store can have released.
    ParameterError
        If a model is no federation.
    ModelNotFoundError
        If there is no such model or version.
    MissingPackageError
        Of a model, without pyspark or MLflow.
    """
    found = []
    for name in named:
        path = Path(name)
        if path.exists():
            found.append(_of_path(path))
        elif "/" in name and not name.startswith("models:/"):
            raise StorageError(f"There is no file or folder {name}. Correct --releases.")
        else:
            found += _of_registry(name, tracking_uri)
    return found


def _of_registry(named: str, tracking_uri: str | None) -> list[Version]:
    """Read versions of a model."""
    match = _NAMED.fullmatch(named)
    if match is None:
        raise ParameterError(
            f"--releases {named!r} names no model: write name, name$3, name@alias or "
            "models:/name/3."
        )
    kind = _federation(named)
    from sparkfl.registry import ModelRegistry
    from sparkfl.registry.sqlite import sqlite_file

    file = sqlite_file(tracking_uri or "")
    if file is not None and not file.exists():
        raise StorageError(
            f"There is no registry {tracking_uri} here, and no file or folder {named}. Name the "
            "registry by --tracking-uri or MLFLOW_TRACKING_URI."
        )

    registry = ModelRegistry(tracking_uri)
    version = match["number"] or match["slash"] or match["alias"]
    name = match["name"]
    chosen = [registry.get(name, version)] if version else registry.versions(name)[-2:]
    other = next((v for v in chosen if v.model_type != kind.modelType), None)
    if other is not None:
        raise ParameterError(
            f"Model {other.name!r} is of type {other.model_type}: what it was trained on is one "
            "party's query, and stores release nothing. Name a federated model."
        )
    return [
        _of_data(f"{v.name}${v.version}", kind.read(registry.path(v.name, v.version)))
        for v in chosen
    ]


def _federation(what: str) -> type[FederationData]:
    """Return what reads a model's files, which a table of releases does without."""
    if find_spec("pyspark") is None:
        raise MissingPackageError(f"{what}, a model,", "pyspark", "spark,mlflow")
    from sparkfl.federation.data import FederationData

    return FederationData


def _of_path(path: Path) -> Version:
    """Read a folder of a model's files, or a table."""
    for folder in (path, path / "data", path / "model" / "data"):
        if (folder / "metadata.json").is_file():
            return _of_data(str(path), _federation(str(path)).read(folder))
    if (path / "_delta_log").is_dir():
        raise StorageError(
            f"{path} is a Delta table, whose files hold all of its versions. Write one version to "
            "Parquet, or name the model."
        )
    try:
        table = pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        reason = str(error).splitlines()[0]
        raise StorageError(
            f"{path} holds neither a model's metadata.json nor Parquet: {reason}"
        ) from error
    return _of_table(str(path), table)


def _of_table(name: str, table: pa.Table) -> Version:
    """Read a table of releases."""
    told = {store: Told(own) for store, own in clusters(checked(name, table)).items()}
    return Version(name, told)


def _of_data(name: str, data: FederationData) -> Version:
    """Read what a federation has kept of its stores."""
    released = clusters(data.tables["releases"])
    from sparkfl.local.result import Verdict

    verdicts = data.tables["verdicts"]
    stores = verdicts[0].to_pylist()
    rows = dict(zip(stores, verdicts["rows"].to_pylist(), strict=True))
    content = dict(zip(stores, verdicts["content"].to_pylist(), strict=True))
    own = {
        store: _pooled(model.scaling, rows[store])
        for store, model in data.local_models.items()
        if data.scaled_by == "store"
    }
    told = {s: Told(released.get(s), own.get(s), fingerprint=_halves(content[s])) for s in stores}
    trained = zip(stores, verdicts["verdict"].to_pylist(), strict=True)
    n = sum(rows[store] for store, verdict in trained if verdict == Verdict.OK)
    whole = Told(moments=_pooled(data.scaling, n) if data.scaled_by != "none" else None)
    return Version(name, told, whole, rows, data)


def _pooled(scaling: Scaling, n: int) -> Moments:
    """Take a scaling for what it is made of: mean and deviation of so many rows."""
    count = np.full((1, len(scaling.mean)), n)
    return Moments(count, scaling.mean[None], (scaling.std**2 * max(n - 1, 0))[None])


def _halves(content: str | None) -> tuple[int, int] | None:
    """Read a fingerprint as verdicts print it; a policy's is a hash, which does not add up."""
    halves = _HALVES.fullmatch(content or "")
    return (int(halves[1], 16), int(halves[2], 16)) if halves else None
