"""Where a table is: in the catalog or at a path, and what a path holds."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from urllib.parse import unquote

from pyspark.errors import AnalysisException

from sparkfl.errors import StorageError
from sparkfl.tables.attempt import attempt
from sparkfl.tables.cause import cause
from sparkfl.tables.formats import format_of

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Place", "in_catalog", "is_path", "speaks_delta"]


@dataclass(frozen=True)
class Place:
    """A path, and what it holds.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to look with.
    path : str
        A file or folder of any file system that Spark knows.

    Examples
    --------
    >>> import tempfile
    >>> path = tempfile.mkdtemp()
    >>> Place(spark, path).exists, Place(spark, path).files
    (True, [])
    >>> spark.range(3).write.csv(path + "/three")
    >>> Place(spark, path + "/three").formats
    {'csv'}
    """

    spark: SparkSession
    path: str

    @cached_property
    def exists(self) -> bool:
        """Whether there is such a file or folder."""
        return self._list(self.path) is not None

    @cached_property
    def files(self) -> list[str]:
        """Files at or below the path; none if there is no such path."""
        return self._list(self.path) or []

    @cached_property
    def holds_delta(self) -> bool:
        """Whether it is the folder of a Delta table."""
        return self._list(f"{self.path.rstrip('/')}/_delta_log") is not None

    @property
    def is_file(self) -> bool:
        """Whether the path is that of a file, and not of a folder."""
        own = f"/{posixpath.normpath(self.path).lstrip('./')}"
        return len(self.files) == 1 and self.files[0].endswith(own)

    @cached_property
    def formats(self) -> set[str | None]:
        """Formats of the files, None for those whose ending tells none."""
        return {"delta"} if self.holds_delta else set(map(format_of, self.files))

    def _list(self, path: str) -> list[str] | None:
        """List the files below a path, without reading any; None if it is not there.

        Below a single path Spark looks for the metadata of a streaming sink, and logs a Java trace
        where there is none; a path given twice it takes as it is.
        """
        reader = self.spark.read.format("binaryFile").option("recursiveFileLookup", "true")
        try:
            return sorted(set(map(unquote, reader.load([path, path]).inputFiles())))
        except Exception as error:
            if "[PATH_NOT_FOUND]" in str(error):
                return None
            raise StorageError(
                f"{path} cannot be reached: {cause(error)}. Correct the path, or give Spark "
                "what it needs to read there."
            ) from error


def is_path(spark: SparkSession, name: str) -> bool:
    """Whether a name is that of a path: with a ``/`` in it, or a file's ending and no such table.

    ``delta.`/a/path` `` is a name to Spark.

    Examples
    --------
    >>> is_path(spark, "shop.features"), is_path(spark, "features.csv"), is_path(spark, "./shop")
    (False, True, True)
    """
    if "`" in name:
        return False
    return "/" in name or (format_of(name) is not None and not in_catalog(spark, name))


def in_catalog(spark: SparkSession, name: str) -> bool:
    """Whether there is a table or view of the name; False for what cannot be one's name."""
    try:
        with attempt():
            return spark.catalog.tableExists(name)
    except AnalysisException:
        return False


def speaks_delta(spark: SparkSession) -> bool:
    """Whether the session was configured with Delta."""
    return "io.delta.sql" in (spark.conf.get("spark.sql.extensions", "") or "")
