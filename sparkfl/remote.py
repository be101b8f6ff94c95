"""A session of Spark Connect, whose workers are a server's, and how they get this code."""

from __future__ import annotations

import hashlib
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from importlib.resources.abc import Traversable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

from sparkfl.errors import SparkflError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["is_connect", "packed", "ship"]

_NOT_FOR_WORKERS = frozenset({"__pycache__", "jars", "scala"})
_shipped: WeakSet[SparkSession] = WeakSet()
_one_at_a_time = threading.Lock()


def is_connect(spark: SparkSession) -> bool:
    """Tell whether a session is a client of Spark Connect.

    Examples
    --------
    >>> is_connect(spark)
    False
    """
    return hasattr(spark, "session_id")


def ship(spark: SparkSession) -> None:
    """Send sparkfl to the workers of a Spark Connect server, once a session.

    `fit`, `transform` and all else that runs Python in workers calls it; call it yourself before
    code of your own that imports sparkfl there. A classic session is left alone: its workers are
    those of a cluster that has the package, or this machine's. What sparkfl itself imports in
    workers (numpy, pandas, pyarrow, threadpoolctl, scikit-learn) has to be on the server.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session; nothing is kept on the server when it ends.

    Raises
    ------
    SparkflError
        If the server takes no code.

    Examples
    --------
    >>> ship(spark)
    """
    if not is_connect(spark):
        return
    with _one_at_a_time, tempfile.TemporaryDirectory() as directory:
        if spark in _shipped:
            return
        content = packed()
        # A server refuses other content under a name that the session has sent already.
        path = Path(directory, f"sparkfl-{hashlib.sha256(content).hexdigest()[:16]}.zip")
        path.write_bytes(content)
        try:
            spark.addArtifacts(str(path), pyfile=True)
        except Exception as error:
            summary = next(iter(str(error).splitlines()), type(error).__name__)
            raise SparkflError(
                f"sparkfl could not be sent to the Spark Connect server's workers: {summary} Let "
                "the server take artifacts of its clients; sparkfl needs its code where it trains."
            ) from error
        _shipped.add(spark)


def packed() -> bytes:
    """Return the package as a zip file, its data included; without the SQL extension's jar.

    Examples
    --------
    >>> names = zipfile.ZipFile(BytesIO(packed())).namelist()
    >>> "sparkfl/local/kmeans.py" in names, "sparkfl/datasets/data/online_retail.parquet" in names
    (True, True)
    """
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in sorted(_below(files("sparkfl"), "sparkfl")):
            # Without a time, so that the same code makes the same file.
            archive.writestr(zipfile.ZipInfo(name), file.read_bytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _below(directory: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    """Find all files of the package, on a disk or in a zip file."""
    for entry in directory.iterdir():
        if entry.is_file():
            yield f"{name}/{entry.name}", entry
        elif entry.name not in _NOT_FOR_WORKERS:
            yield from _below(entry, f"{name}/{entry.name}")
