"""The Spark configuration that puts sparkfl, and Delta if wanted, into a session."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from sparkfl.errors import MissingPackageError
from sparkfl.sqlext.jvm.jar import jar_path

__all__ = ["EXTENSION", "spark_conf"]

EXTENSION = "org.apache.spark.sql.sparkfl.SparkflExtensions"
_DELTA_EXTENSION = "io.delta.sql.DeltaSparkSessionExtension"
_DELTA_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"


def spark_conf(present: Mapping[str, str], delta: bool = True) -> dict[str, str]:
    """Return the configuration to add to `present`; what is there stays and is appended to.

    Parameters
    ----------
    present : mapping of str to str
        The user's configuration.
    delta : bool, default True
        Whether to add Delta Lake too, as the installed ``delta-spark`` package names it.

    Returns
    -------
    dict of str to str
        Full values of the keys that change.

    Raises
    ------
    SparkflError
        When the extension's jar has to be compiled and cannot be, or Delta is wanted and its
        package is not installed.

    Examples
    --------
    >>> conf = spark_conf({"spark.sql.extensions": "com.example.Mine"}, delta=False)
    >>> conf["spark.sql.extensions"]
    'com.example.Mine,org.apache.spark.sql.sparkfl.SparkflExtensions'
    """
    extensions = [_DELTA_EXTENSION, EXTENSION] if delta else [EXTENSION]
    added = {
        "spark.jars": _jars(present.get("spark.jars", "")),
        "spark.sql.extensions": _appended(present.get("spark.sql.extensions", ""), *extensions),
    }
    if delta:
        added["spark.jars.packages"] = _delta_packages(present.get("spark.jars.packages", ""))
        defaults = {
            "spark.sql.catalog.spark_catalog": _DELTA_CATALOG,
            # Delta's parser drops the parameters of spark.sql(…, args=…) otherwise.
            "spark.sql.legacy.parameterSubstitution.constantsOnly": "true",
        }
        added |= {key: value for key, value in defaults.items() if key not in present}
    return added


def _jars(jars: str) -> str:
    """Append the extension's jar unless the user brings it, as a zipped sparkfl needs."""
    return jars if "sparkfl-sqlext-" in jars else _appended(jars, str(jar_path()))


def _delta_packages(packages: str) -> str:
    """Append the coordinates of Delta's jar unless the user chose some."""
    if "io.delta:delta-spark" in packages:
        return packages
    if find_spec("delta") is None:
        raise MissingPackageError("A session with Delta Lake", "delta-spark", "delta")
    from delta import configure_spark_with_delta_pip
    from pyspark.sql import SparkSession

    builder = configure_spark_with_delta_pip(SparkSession.Builder())
    return _appended(packages, builder._options["spark.jars.packages"])


def _appended(present: str, *values: str) -> str:
    """Append values to a comma-separated list, each once."""
    items = [item.strip() for item in present.split(",") if item.strip()]
    return ",".join(dict.fromkeys([*items, *values]))
