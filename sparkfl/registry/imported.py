"""Models that come from elsewhere: an MLflow model's files, or what EXPORT MODEL wrote."""

from __future__ import annotations

import io
import json
import re
import shutil
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from pyspark.sql import functions as F
from pyspark.sql.pandas.functions import pandas_udf

from sparkfl.columns import InputColumn, bind, check_taken, quote
from sparkfl.errors import ParameterError, RegistryError
from sparkfl.execution.literals import text_sql
from sparkfl.execution.stock_function import WORKER, StockFunction, parameter_names
from sparkfl.formats import check_format
from sparkfl.registry.files import CONTENT
from sparkfl.registry.mlflow_errors import mlflow_errors
from sparkfl.registry.model_version import ModelVersion
from sparkfl.registry.names import named_at
from sparkfl.registry.readers import named_readers
from sparkfl.registry.registrable import Field

if TYPE_CHECKING:
    import pandas as pd
    from mlflow import MlflowClient
    from pyspark.sql import DataFrame, SparkSession

__all__ = [
    "DEFINITION",
    "MLFLOW",
    "ExportedModel",
    "MlflowModel",
    "export_files",
    "fetched_model",
    "read_files",
]

MLFLOW = "mlflow"
"""The type of a model of MLflow that another tool made."""
DEFINITION = "sparkfl.json"
"""What EXPORT MODEL writes beside the model, to be registered again as what it is."""
_ADDRESSES = "Give 'models:/name/1', 'runs:/id/model' or the directory of a model of MLflow."
_NOT_THERE = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE")
"""What MLflow says of a model that is not there, and of an alias."""
_READERS = ("scorer", "reader", "local_reader")
_KINDS = {
    "string": "string",
    "boolean": "boolean",
    "datetime": "date",
}
_TYPES = {"double": "double", "float": "float", "long": "bigint", "integer": "int"}


@dataclass(frozen=True)
class ExportedModel:
    """What EXPORT MODEL wrote, to be registered again: one of `Registrable`."""

    files: Path
    definition: Mapping[str, Any]

    @property
    def modelType(self) -> str:
        """Its type."""
        return str(self.definition["type"])

    @property
    def readers(self) -> Mapping[str, str]:
        """What reads its files."""
        config = named_readers(self.files)
        return {name: str(config[name]) for name in _READERS if name in config}

    def inputFields(self) -> Sequence[Field]:
        """Return the columns it reads."""
        return [Field(name, type_) for name, type_ in self.definition["fields"]]

    def write(self, directory: Path) -> None:
        """Copy its files."""
        shutil.copytree(self.files / CONTENT, directory, dirs_exist_ok=True)


@dataclass(frozen=True)
class MlflowModel:
    """A model of MLflow, in any of its flavors that has a pyfunc.

    Attributes
    ----------
    files : Path
        Directory with the file ``MLmodel``.
    """

    files: Path
    modelType = MLFLOW
    readers = {
        "scorer": "sparkfl.registry.imported:open_scorer",
        "reader": "sparkfl.registry.imported:read_mlflow",
    }

    def inputFields(self) -> Sequence[Field]:
        """Return the columns of its signature.

        Raises
        ------
        RegistryError
            If it has none.
        """
        return [Field(c.name, c.type) for c in self._columns()]

    def write(self, directory: Path) -> None:
        """Copy its files."""
        shutil.copytree(self.files, directory / "model")

    def predict(self, df: DataFrame, hidden: bool = False) -> DataFrame:
        """Add the prediction to all columns of a query, in workers.

        Raises
        ------
        SchemaError
            If the query lacks a column.
        """
        del hidden
        check_taken(df.columns, ["prediction"])
        columns = self._columns()
        found = bind(df, columns)
        row = F.struct(*[f.column.alias(c.name) for f, c in zip(found, columns, strict=True)])
        return df.withColumn("prediction", self._scorer()(row))

    def value_function(self) -> StockFunction:
        """Return the prediction of the signature's columns as a function that calls workers."""
        columns = self._columns()
        names = parameter_names([column.name for column in columns])
        fields = [
            f"{text_sql(column.name)}, {quote(name)}"
            for column, name in zip(columns, names, strict=True)
        ]
        types = [column.type.upper() for column in columns]
        return StockFunction(
            tuple(zip(names, types, strict=True)),
            self._output().upper(),
            f"{WORKER}(named_struct({', '.join(fields)}))",
            worker=self._scorer(),
        )

    def _scorer(self) -> Any:
        return cast("Any", pandas_udf)(_scoring(_packed(self.files)), self._output())

    def _columns(self) -> list[InputColumn]:
        """Return the columns of the signature."""
        schema = self._signature().inputs
        if schema is None or schema.is_tensor_spec() or not schema.has_input_names():
            raise RegistryError(
                "The MLflow model has no signature of named columns, so that SQL does not know "
                "what to give it. Log it with signature=infer_signature(a frame, predictions)."
            )
        columns = []
        for spec in schema.inputs:
            name = getattr(spec.type, "name", str(spec.type))
            kind = _KINDS.get(name, "number")
            columns.append(InputColumn((spec.name,), _TYPES.get(name, name), kind))
        return columns

    def _output(self) -> str:
        """Return the type of the prediction; double where the signature does not tell."""
        schema = self._signature().outputs
        if schema is None or schema.is_tensor_spec() or len(schema.inputs) != 1:
            return "double"
        name = getattr(schema.inputs[0].type, "name", "double")
        return {**_TYPES, "string": "string", "boolean": "boolean"}.get(name, "double")

    def _signature(self) -> Any:
        from mlflow.models import Model

        model = Model.load(str(self.files))
        if "python_function" not in model.flavors:
            raise RegistryError(
                f"The MLflow model has the flavors {', '.join(model.flavors)} and no "
                "python_function, by which it would predict. Log it by its own flavor's log_model."
            )
        return model.signature or SimpleNamespace(inputs=None, outputs=None)


def _packed(files: Path) -> bytes:
    """Return a directory as bytes, so that it comes to the workers with the plan."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(files, arcname="model")
    return packed.getvalue()


@lru_cache(4)
def _unpacked(packed: bytes) -> Any:
    """Load a packed model; a worker does so once."""
    import mlflow.pyfunc

    with tempfile.TemporaryDirectory() as scratch:
        with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
            archive.extractall(scratch, filter="data")
        return mlflow.pyfunc.load_model(str(Path(scratch) / "model"))


def _scoring(packed: bytes) -> Callable[[pd.DataFrame], pd.Series]:
    """Return what scores the rows of a batch."""
    import pandas as pd

    def score(frame: pd.DataFrame) -> pd.Series:
        return pd.Series(np.asarray(_unpacked(packed).predict(frame)).ravel())

    # PySpark takes the kind of function from the types themselves, not from their names.
    score.__annotations__ = {"frame": pd.DataFrame, "return": pd.Series}
    return score


class _Scorer:
    """Scores pandas frames by the model itself."""

    def __init__(self, directory: Path) -> None:
        import mlflow.pyfunc

        self._model = mlflow.pyfunc.load_model(str(directory / "model"))

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with the prediction."""
        return frame.assign(prediction=self._model.predict(frame))


def open_scorer(directory: Path) -> _Scorer:
    """Return what scores pandas frames."""
    return _Scorer(directory)


def read_mlflow(directory: Path, _session: SparkSession | None = None) -> MlflowModel:
    """Return the model for Spark."""
    return MlflowModel(directory / "model")


@contextmanager
def fetched_model(uri: str, client: MlflowClient) -> Iterator[Path]:
    """Give a local directory with the files of a model at an address of MLflow, or a path.

    What is downloaded is gone afterwards.

    Raises
    ------
    ParameterError
        If there is no model.
    """
    found = Path(uri.removeprefix("file://"))
    is_path = "://" not in uri.removeprefix("file://") and not re.match(r"(models|runs):/", uri)
    if not uri.strip() or (is_path and not found.is_dir()):
        raise ParameterError(f"There is no directory {uri!r}. {_ADDRESSES}")
    with tempfile.TemporaryDirectory(prefix="sparkfl-import-") as scratch:
        if not is_path:
            found = _downloaded(uri, client, scratch)
        if not (found / "MLmodel").is_file():
            raise ParameterError(f"There is no file MLmodel at {uri}. {_ADDRESSES}")
        yield found


def _downloaded(uri: str, client: MlflowClient, scratch: str) -> Path:
    """Download the files at an address, of a registered model from where its version is."""
    import mlflow.artifacts

    address, named = uri, named_at(uri)
    if named:
        address = _stored(*named, client)
    with mlflow_errors(uri):
        return Path(
            mlflow.artifacts.download_artifacts(
                artifact_uri=address,
                dst_path=scratch,
                tracking_uri=client.tracking_uri,
            )
        )


def _stored(name: str, version: str, client: MlflowClient) -> str:
    """Return where the files of a registered version are.

    Raises
    ------
    ParameterError
        If there is no such version.
    """
    try:
        if version.startswith("@"):
            version = client.get_model_version_by_alias(name, version[1:]).version
        elif not version.isdigit():
            version = str(max(int(v.version) for v in client.get_latest_versions(name)))
        return client.get_model_version_download_uri(name, version)
    except (RegistryError, ValueError) as error:
        if isinstance(error, RegistryError) and error.code not in _NOT_THERE:
            raise
        raise ParameterError(
            f"There is no model {name!r}, or no version {version!r} of it, in MLflow. {_ADDRESSES}"
        ) from error


def read_files(
    files: Path, known: ModelVersion | None = None
) -> tuple[ExportedModel | MlflowModel, Mapping[str, Any]]:
    """Return the model that files hold, and how it was trained if that is known.

    `known` is the version that they are of, if they come from the registry.
    """
    described = files / DEFINITION
    if described.is_file():
        definition = json.loads(described.read_text())
    elif known is not None and (files / CONTENT).is_dir():
        definition = _definition(known)
    else:
        definition = None
    if definition is not None:
        _check_format(files / CONTENT)
        return ExportedModel(files, definition), definition
    model = MlflowModel(files)
    model.inputFields()
    return model, {}


def _check_format(content: Path) -> None:
    """Refuse what another sparkfl exported in a layout that this one does not read."""
    for described in (content / "model.json", content / "metadata.json"):
        if described.is_file():
            check_format(json.loads(described.read_text()).get("format"), "The exported model")


def _definition(version: ModelVersion) -> dict[str, Any]:
    """Return what a version was trained with, as JSON values."""
    return {
        "type": version.model_type,
        "fields": version.fields,
        "source": version.source,
        "options": version.options,
        "transform": version.transform,
    }


def export_files(version: ModelVersion, files: Path, target: Path) -> None:
    """Copy a version's files, and what it was trained with.

    Raises
    ------
    ParameterError
        If there is something at the target.
    """
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise ParameterError(f"{target} is there already. Name a directory that does not exist.")
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as scratch:
        made = Path(scratch) / "model"
        shutil.copytree(files, made)
        (made / DEFINITION).write_text(json.dumps(_definition(version), indent=1))
        if target.is_dir():
            target.rmdir()
        made.rename(target)
