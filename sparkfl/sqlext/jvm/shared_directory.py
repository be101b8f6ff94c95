"""A directory of any file system that Hadoop knows."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from py4j.protocol import Py4JJavaError
from pyspark.errors.exceptions.captured import CapturedException

from sparkfl.errors import SparkflError

if TYPE_CHECKING:
    from pyspark import SparkContext

__all__ = ["HadoopDirectory"]

_JAVA_ERRORS = (Py4JJavaError, CapturedException)
"""What a failure in the JVM raises in Python."""

_logger = logging.getLogger(__name__)


class HadoopDirectory:
    """A directory of a Hadoop file system, there as long as the block lasts.

    A failure of Java's in the block becomes a `SparkflError` that names the directory.

    Parameters
    ----------
    context : SparkContext
        Its Hadoop configuration knows the file systems.
    uri : str
        The directory, which does not exist yet.
    """

    def __init__(self, context: SparkContext, uri: str) -> None:
        self._uri = uri
        self._address: Any = context._jvm.org.apache.hadoop.fs.Path  # type: ignore[union-attr]
        self._configuration = context._jsc.hadoopConfiguration()

    def __enter__(self) -> Self:
        try:
            self._path = self._address(self._uri)
            self._files = self._path.getFileSystem(self._configuration)
            self._files.mkdirs(self._path)
        except _JAVA_ERRORS as error:
            raise self._failed(error) from error
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        try:
            self._files.delete(self._path, True)
        except _JAVA_ERRORS as left:
            _logger.warning("%s stays behind: %s", self._uri, _reason(left))
        if isinstance(error, _JAVA_ERRORS):
            raise self._failed(error) from error

    def child(self, name: str) -> str:
        """Return the address of a directory in it."""
        return f"{self._path.toString()}/{name}"

    def put(self, directory: Path) -> None:
        """Copy a directory of the driver's disk into it."""
        self._files.copyFromLocalFile(self._local(directory), self._path)

    def fetch(self, directory: Path) -> None:
        """Copy its directory of that name to the driver's disk, without checksum files."""
        child = self._address(self.child(directory.name))
        self._files.copyToLocalFile(False, child, self._local(directory), True)

    def _local(self, directory: Path) -> Any:
        return self._address("file", None, str(directory.absolute()))

    def _failed(self, error: Exception) -> SparkflError:
        return SparkflError(f"Files could not be staged in {self._uri}: {_reason(error)}")


def _reason(error: Exception) -> str:
    """Return the first line of what went wrong in the JVM."""
    text = error.java_exception.toString() if isinstance(error, Py4JJavaError) else str(error)
    return f"{next(iter(str(text).splitlines()), 'no message').rstrip('.')}."
