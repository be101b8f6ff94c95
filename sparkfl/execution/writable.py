"""Whether a directory can be written, before something relies on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkfl.errors import StorageError
from sparkfl.tables.cause import cause

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["check_writable"]


def check_writable(spark: SparkSession, directory: str, name: str) -> None:
    """Refuse a directory that cannot be written, before a training relies on it.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session to write with.
    directory : str
        Path of any file system that Spark knows; it is made if it is not there.
    name : str
        The option that names it.

    Raises
    ------
    StorageError
        If the driver cannot write there.

    Examples
    --------
    >>> import tempfile
    >>> check_writable(spark, tempfile.mkdtemp(), "checkpointDir")
    """
    try:
        spark.range(0).write.mode("overwrite").parquet(f"{directory.rstrip('/')}/_writable")
    except Exception as error:
        raise StorageError(
            f"{name} {directory} cannot be written: {cause(error)}. Name a directory that "
            "the driver and all executors can write."
        ) from error
