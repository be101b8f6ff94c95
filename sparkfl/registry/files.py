"""The files of a version: staged for upload, and found again on the local disk."""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from platform import python_version
from typing import TYPE_CHECKING
from urllib.parse import urlparse
from urllib.request import url2pathname

from sparkfl.errors import ModelNotFoundError
from sparkfl.registry.libraries import library_versions
from sparkfl.registry.mlflow_errors import mlflow_errors
from sparkfl.registry.readers import model_config
from sparkfl.registry.registrable import Registrable
from sparkfl.registry.signature import signature

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CONTENT", "MODEL", "digest", "local_directory", "stage_model", "stage_tables"]

MODEL = "model"
CONTENT = "data"
_ENVIRONMENT = "python_env.yaml"
_LOADER = "sparkfl.registry.scoring"


def stage_model(model: Registrable, directory: Path) -> None:
    """Write a model as an MLflow pyfunc; nothing is pickled.

    ``mlflow.pyfunc.log_model`` is not used: it works on MLflow's global run and address, and
    leaves a logged model of its own behind when it is killed. ``mlflow.pyfunc.save_model``
    looks up every installed requirement, which takes ten times as long.
    """
    import mlflow.pyfunc
    from mlflow.models import Model

    content = directory / CONTENT
    content.mkdir(parents=True)
    model.write(content)
    requirements = [f"{name}=={number}" for name, number in library_versions().items()]
    (directory / "requirements.txt").write_text("\n".join(requirements) + "\n")
    environment = {"python": python_version(), "dependencies": ["-r requirements.txt"]}
    (directory / _ENVIRONMENT).write_text(json.dumps(environment))
    described = Model(signature=signature(model))
    mlflow.pyfunc.add_to_model(
        described,
        loader_module=_LOADER,
        data=CONTENT,
        python_env=_ENVIRONMENT,
        model_config=model_config(model.readers),
    )
    described.save(directory / "MLmodel")


def stage_tables(tables: Mapping[str, pd.DataFrame], directory: Path) -> dict[str, str]:
    """Write frames as JSON tables; return the tag by which MLflow shows and loads them."""
    directory.mkdir()
    for name, frame in tables.items():
        # What to_json(orient="split", index=False) writes, which goes through it value by value.
        columns, data = json.dumps([*frame.columns]), frame.to_json(orient="values")
        (directory / f"{name}.json").write_text(f'{{"columns":{columns},"data":{data}}}')
    shown = [{"path": f"{directory.name}/{name}.json", "type": "table"} for name in tables]
    return {"mlflow.loggedArtifacts": json.dumps(shown)} if shown else {}


def digest(directory: Path, tags: Mapping[str, str]) -> str:
    """Hash what a staged model was trained with and what it wrote."""
    content = directory / CONTENT
    total = hashlib.sha256(repr(sorted(tags.items())).encode())
    for path in sorted(p for p in content.rglob("*") if p.is_file()):
        total.update(path.relative_to(content).as_posix().encode() + b"\0")
        total.update(hashlib.sha256(path.read_bytes()).digest())
    return total.hexdigest()


def local_directory(source: str, run_id: str, tracking_uri: str) -> Path:
    """Return the directory of a version's files, downloading it once if it is not local."""
    address = urlparse(source)
    if address.scheme in ("", "file"):
        root = Path(url2pathname(address.path))
    else:
        root = _cache() / run_id / address.path.strip("/").replace("/", "_")
        if not root.exists():
            _download(source, root, tracking_uri)
    if not (root / CONTENT).is_dir():
        raise ModelNotFoundError(
            f"The files of the model are not at {root}, where MLflow says they are. Restore "
            "them, or train the model again."
        )
    return root


def _cache() -> Path:
    """Directory of this user's downloaded versions, which never change."""
    if sys.platform == "darwin":
        default = Path.home() / "Library" / "Caches"
    else:
        default = Path.home() / ".cache"
    return Path(os.environ.get("XDG_CACHE_HOME", default)) / "sparkfl" / "models"


def _download(source: str, target: Path, tracking_uri: str) -> None:
    """Download beside the target, then rename, so that no half of it is ever read."""
    import mlflow.artifacts

    target.parent.mkdir(parents=True, exist_ok=True)
    with mlflow_errors(source), tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        found = mlflow.artifacts.download_artifacts(
            artifact_uri=source, dst_path=scratch, tracking_uri=tracking_uri
        )
        Path(found).rename(target)
