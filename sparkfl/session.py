"""Configure a Spark session for sparkfl."""

from __future__ import annotations

import atexit
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession
from pyspark.util import is_remote_only

from sparkfl.columns import class_name
from sparkfl.errors import ParameterError, SparkflError
from sparkfl.remote import ship
from sparkfl.sqlext.jvm.conf import EXTENSION, spark_conf
from sparkfl.sqlext.jvm.jar import find_java
from sparkfl.sqlext.jvm.releases import spark_home

__all__ = ["configure_spark", "present_conf"]

_CHECKPOINTS = "spark.checkpoint.dir"


def configure_spark(builder: SparkSession.Builder, delta: bool = True) -> SparkSession.Builder:
    """Return a session builder with sparkfl's SQL extension, and Delta Lake if wanted.

    Extensions, jars and packages of the user's are appended to, and what else the user has set
    stays as it is. With a ``remote`` builder no setting is added: if the Spark Connect server shall
    understand model statements, it was started with the words that ``sparkfl spark-options``
    prints. The Python API needs no extension there; the session's workers are sent the package.

    Parameters
    ----------
    builder : SparkSession.Builder
        A builder with the user's configuration; it is not changed.
    delta : bool, default True
        Whether to add Delta Lake. Its jar is downloaded once, by Spark.

    Returns
    -------
    SparkSession.Builder
        A builder whose session understands ``CREATE MODEL`` and its relatives, or, if it is a
        remote one, whose workers have sparkfl (:func:`sparkfl.ship`).

    Raises
    ------
    ParameterError
        If `builder` is none.
    SparkflError
        When there is no Java 17 or newer, or no Spark but a client's. The builder's
        ``getOrCreate`` raises it when Spark does not start, or runs already without the extension.

    Examples
    --------
    >>> from pyspark.sql import SparkSession
    >>> session = configure_spark(SparkSession.builder).getOrCreate()
    >>> session.sql("SHOW FUNCTIONS LIKE 'model_pred*'").collect()
    [Row(function='model_predict')]
    """
    if not isinstance(getattr(builder, "_options", None), dict):
        raise ParameterError(
            f"configure_spark takes SparkSession.builder and got a {class_name(builder)}; write "
            "configure_spark(SparkSession.builder).getOrCreate()."
        )
    result = _SparkflBuilder()
    result._options = dict(builder._options)
    if not _is_remote(result._options):
        if is_remote_only():
            raise SparkflError(
                "The pyspark that is installed, pyspark-client, has no Spark of its own: name a "
                "Spark Connect server, SparkSession.builder.remote('sc://…'), or run pip install "
                "'sparkfl[spark]' in another environment."
            )
        present = present_conf() | result._options
        if present.get("spark.master", "local").startswith("local"):
            # Spark's workers take the python3 on the path, which may lack what this one has.
            os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
            result._options |= _checkpoints(present)
        result._options |= spark_conf(present, delta)
    return result


def _is_remote(options: Mapping[str, str]) -> bool:
    """Tell whether a builder's sessions are those of a Spark Connect server."""
    return "spark.remote" in options or "SPARK_REMOTE" in os.environ


def _checkpoints(present: Mapping[str, str]) -> dict[str, str]:
    """Return where a local Spark checkpoints, unless the user said; it goes with the process."""
    if _CHECKPOINTS in present:
        return {}
    directory = Path(tempfile.gettempdir(), f"sparkfl-checkpoints-{os.getpid()}")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return {_CHECKPOINTS: str(directory)}


class _SparkflBuilder(SparkSession.Builder):
    """A builder whose sessions find this process when they meet a model statement."""

    def getOrCreate(self) -> SparkSession:
        return self._served(super().getOrCreate)

    def create(self) -> SparkSession:
        return self._served(super().create)

    def _served(self, start: Callable[[], SparkSession]) -> SparkSession:
        if _is_remote(self._options):
            session = start()
            ship(session)
            return session
        from pyspark import SparkContext

        from sparkfl.sqlext.jvm.bridge import register
        from sparkfl.sqlext.service import SqlService

        running = SparkContext._active_spark_context
        if running is not None:
            # Before getOrCreate puts our settings into a session that cannot honour them.
            _require_extension(str(running.getConf().get("spark.sql.extensions", "")))
        if SparkContext._jvm is None and "PYSPARK_GATEWAY_PORT" not in os.environ:
            find_java()
        try:
            session = start()
        except PySparkRuntimeError as error:
            if error.getCondition() != "JAVA_GATEWAY_EXITED":
                raise
            raise SparkflError(
                "Spark did not start; its own message is above. Without network, Delta's jar "
                "cannot be downloaded: use configure_spark(builder, delta=False)."
            ) from None
        _require_extension(str(session.conf.get("spark.sql.extensions", "")))
        register(session.sparkContext, SqlService())
        return session


def _require_extension(extensions: str) -> None:
    """Refuse a session that was started without sparkfl."""
    if EXTENSION not in extensions.split(","):
        raise SparkflError(
            f"This Spark session runs without sparkfl; set spark.sql.extensions={EXTENSION} "
            "where it is started (on Databricks: in the cluster's Spark config, with the "
            "jar among its libraries), or make the session by configure_spark in a new Python "
            "process."
        )


def present_conf() -> dict[str, str]:
    """Return what spark-submit or ``spark-defaults.conf`` has set already.

    Examples
    --------
    >>> "spark.log.level" in present_conf()
    False
    """
    from pyspark import SparkConf, SparkContext

    if SparkContext._jvm is not None or "PYSPARK_GATEWAY_PORT" in os.environ:
        SparkContext._ensure_initialized()
        return dict(SparkConf().getAll())
    directory = os.environ.get("SPARK_CONF_DIR") or spark_home() / "conf"
    defaults = Path(directory, "spark-defaults.conf")
    if not defaults.is_file():
        return {}
    entry = re.compile(r"^[ \t]*([^#\s=:]+)[ \t]*[=:\s][ \t]*(\S.*?)[ \t]*$", re.MULTILINE)
    return dict(entry.findall(defaults.read_text(encoding="utf-8")))
