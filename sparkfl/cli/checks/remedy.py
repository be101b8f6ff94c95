"""What to install, where: beside a client of Spark Connect nothing that brings Spark's package."""

from __future__ import annotations

import os
from importlib.metadata import PackageNotFoundError, version

__all__ = ["EVERYTHING", "client", "installed", "remedy", "remote"]

EVERYTHING = "pip install 'sparkfl[all]'"
_REMOTE = "SPARK_REMOTE"


def installed(distribution: str) -> str | None:
    """Return the version of a distribution; None if it is not there."""
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def client() -> bool:
    """Tell whether the package pyspark is pyspark-client's, beside which pyspark cannot be."""
    return installed("pyspark-client") is not None and installed("pyspark") is None


def remote() -> bool:
    """Tell whether Spark is elsewhere: a server is named, or there is only a client."""
    return bool(os.environ.get(_REMOTE)) or client()


def remedy(*extras: str) -> str:
    """Return the command that installs what is missing; on a machine with its own Spark, all.

    Parameters
    ----------
    *extras : str
        The extras that bring it; none if it comes with sparkfl itself.

    Examples
    --------
    >>> remedy("report") in (EVERYTHING, "pip install 'sparkfl[report]'")
    True
    """
    if not remote():
        return EVERYTHING
    # Beside a pyspark of the same name a client's package would be in the way.
    whole = installed("pyspark") is not None
    own = [extra for extra in dict.fromkeys(extras) if not (whole and extra == "connect")]
    words = [f"'sparkfl[{','.join(own)}]'"] if own else []
    if not extras:
        words = ["--upgrade sparkfl"]
    if whole and "connect" in extras:
        words.append("'pyspark[connect]'")
    return " ".join(["pip install", *words])
