"""Where MLlib's files are while the executors write or read them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.ml import PipelineModel
from pyspark.sql import SparkSession

from sparkfl.errors import FormatError, SparkflError
from sparkfl.models.shared_files import SharedDirectory, opener

__all__ = ["STAGING_DIR", "load_pipeline", "save_pipeline"]

STAGING_DIR = "spark.sparkfl.stagingDir"
_PARALLELISM = "spark.sql.leafNodeDefaultParallelism"
_REMEDY = (
    f"Set {STAGING_DIR} to a directory that the driver and all executors can read and write, "
    "such as hdfs://…, s3a://… or a mount of every machine."
)


def save_pipeline(pipeline: PipelineModel, directory: Path) -> None:
    """Save a pipeline into a new directory of the driver's disk.

    Executors write a pipeline's files. Where they run on this machine they write them here;
    otherwise into a passing directory below ``spark.sparkfl.stagingDir``, by default ``_sparkfl``
    in the warehouse: that one is shared wherever tables can be written.

    Parameters
    ----------
    pipeline : pyspark.ml.PipelineModel
        A fitted pipeline.
    directory : Path
        A directory that does not exist yet.

    Raises
    ------
    SparkflError
        If the staging directory cannot be written, or executors have another disk under its name.

    Examples
    --------
    >>> import tempfile
    >>> directory = Path(tempfile.mkdtemp(), "pipeline")
    >>> save_pipeline(PipelineModel([]), directory)
    >>> load_pipeline(directory).stages
    []
    """
    if not _cluster():
        uri = directory.absolute().as_uri()
        pipeline.write().save(uri)
        # The one disk may be that of a Spark Connect server.
        _check_parts(directory, uri)
        return
    with _staged() as shared:
        with _one_part():
            pipeline.write().save(shared.child(directory.name))
        shared.fetch(directory)
        _check_parts(directory, shared.child(directory.name))


def load_pipeline(directory: Path) -> PipelineModel:
    """Load what `save_pipeline` saved; needs a running session.

    Parameters
    ----------
    directory : Path
        A directory of the driver's disk.

    Raises
    ------
    SparkflError
        If the staging directory cannot be written, or executors have another disk under its name.
    FormatError
        If a stage is of a class that is not there, or another Spark has saved what this one does
        not read.
    """
    saved = _saved_by(directory)
    if not _cluster():
        return _load(directory.absolute().as_uri(), saved)
    with _staged() as shared:
        shared.put(directory)
        return _load(shared.child(directory.name), saved)


def _saved_by(directory: Path) -> str:
    """Return the version of the Spark that saved a pipeline."""
    metadata = next((directory / "metadata").glob("part-*")).read_text("utf-8")
    return str(json.loads(metadata.splitlines()[0])["sparkVersion"])


def _load(uri: str, saved: str) -> PipelineModel:
    """Load a pipeline, whose classes are named in its files."""
    try:
        return PipelineModel.load(uri)
    except (ImportError, AttributeError) as error:
        raise FormatError(
            f"The model in {uri} has a stage of another version of sparkfl ({error}). Train it "
            "again, or load it by the version that saved it."
        ) from error
    except Exception as error:
        own = SparkSession.active().version
        if saved == own:
            raise
        raise FormatError(
            f"The model in {uri} was saved by Spark {saved}, and Spark {own} does not read it. "
            f"Train it again, or load it by Spark {saved}."
        ) from error


def _cluster() -> bool:
    """Tell whether executors run on other machines."""
    master = SparkSession.active().conf.get("spark.master", None) or "local"
    return not master.startswith("local")


@contextmanager
def _staged() -> Iterator[SharedDirectory]:
    """Make a directory that all see and remove it afterwards; name the remedy if it fails."""
    conf = SparkSession.active().conf
    parent = str(conf.get(STAGING_DIR, None) or f"{conf.get('spark.sql.warehouse.dir')}/_sparkfl")
    uri = f"{parent.rstrip('/')}/{uuid.uuid4().hex}"
    open_ = opener()
    if open_ is None:
        raise SparkflError(
            "The executors run on other machines, and this process has no way to share the model's "
            "files with them: make the session by sparkfl.configure_spark, or, as a client of "
            "Spark Connect, have a server with sparkfl's extension run CREATE MODEL."
        )
    try:
        with open_(uri) as shared:
            yield shared
    except SparkflError as error:
        raise SparkflError(f"{error} {_REMEDY}") from error


@contextmanager
def _one_part() -> Iterator[None]:
    """Have each directory written by one task, so that none is there in part."""
    conf = SparkSession.active().conf
    before = conf.get(_PARALLELISM, None)
    conf.set(_PARALLELISM, 1)
    try:
        yield
    finally:
        if before is None:
            conf.unset(_PARALLELISM)
        else:
            conf.set(_PARALLELISM, before)


def _check_parts(directory: Path, uri: str) -> None:
    """Find what every task wrote, which stays with executors that share no disk."""
    parts = [path for name in ("metadata", "data") for path in directory.rglob(name)]
    if not parts or not all(any(path.glob("part-*")) for path in parts):
        raise SparkflError(
            f"The executors wrote the model's files to {uri}, but not all of them are there for "
            f"the driver: under that name each machine has a disk of its own."
        )
