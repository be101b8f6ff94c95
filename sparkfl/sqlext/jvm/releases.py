"""The Sparks that sparkfl runs on, and the one that is here.

This module imports nothing but the standard library, as `jar` does not.
"""

from __future__ import annotations

import importlib.util
import os
import re
from dataclasses import dataclass
from pathlib import Path

from sparkfl.errors import MissingPackageError, SparkflError

__all__ = ["GROUPS", "Group", "group_of", "spark_home", "spark_release", "supported"]


@dataclass(frozen=True)
class Group:
    """Sparks for which the SQL extension is compiled alike.

    Attributes
    ----------
    name : str
        Its first release, by which its jar is called.
    releases : tuple of str
        Major and minor versions.
    sources : tuple of str
        Folders of Scala that are for these Sparks, next to what all of them share.
    """

    name: str
    releases: tuple[str, ...]
    sources: tuple[str, ...]


GROUPS = (
    Group("4.0", ("4.0",), ("until_4_0", "until_4_2")),
    Group("4.1", ("4.1", "4.2"), ("since_4_1", "until_4_2")),
    Group("4.3", ("4.3",), ("since_4_1", "since_4_3")),
)
"""Class files of one group are the same, whichever of its releases they are compiled for."""


def supported() -> str:
    """Name the Sparks that sparkfl runs on.

    Examples
    --------
    >>> supported()
    'Spark 4.0, 4.1, 4.2 or 4.3'
    """
    *releases, newest = (release for group in GROUPS for release in group.releases)
    return f"Spark {', '.join(releases)} or {newest}"


def group_of(release: str) -> Group:
    """Find the group of a Spark.

    Parameters
    ----------
    release : str
        Its version.

    Raises
    ------
    SparkflError
        When sparkfl does not run on it.

    Examples
    --------
    >>> group_of("4.2.1").name
    '4.1'
    >>> group_of("3.5.9")
    Traceback (most recent call last):
    sparkfl.errors.SparkflError: Spark 3.5.9 is not supported: sparkfl needs Spark 4.0, 4.1, 4.2 or
    4.3.
    """
    minor = ".".join(release.split(".")[:2])
    for group in GROUPS:
        if minor in group.releases:
            return group
    raise SparkflError(f"Spark {release} is not supported: sparkfl needs {supported()}.")


def spark_home() -> Path:
    """Return the directory that holds Spark's ``jars``: ``SPARK_HOME``, or the pyspark package.

    Raises
    ------
    SparkflError
        When neither is there, or the package is pyspark-client's.
    """
    if "SPARK_HOME" in os.environ:
        return Path(os.environ["SPARK_HOME"])
    spec = importlib.util.find_spec("pyspark")
    if spec is None or spec.origin is None:
        raise MissingPackageError("The SQL extension", "pyspark", "spark")
    home = Path(spec.origin).parent
    if not (home / "jars").is_dir():
        raise SparkflError(
            "The pyspark that is installed, pyspark-client, has no Spark of its own: run pip "
            "install 'sparkfl[spark]' in another environment, or set SPARK_HOME."
        )
    return home


def spark_release(home: Path) -> str:
    """Return the version of the Spark in a directory.

    Raises
    ------
    SparkflError
        When `home` holds no Spark.

    Examples
    --------
    >>> group_of(spark_release(spark_home())).name
    '4.1'
    """
    for core in sorted((home / "jars").glob("spark-core_*.jar")):
        found = re.search(r"_[\d.]+-(\d.*)\.jar$", core.name)
        if found:
            return found[1]
    raise SparkflError(f"No Spark in {home}: jars/spark-core_*.jar is missing; set SPARK_HOME.")
