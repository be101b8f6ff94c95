"""Why a source cannot be read, in one line, with the remedy and without its secrets."""

from __future__ import annotations

from collections.abc import Mapping

from sparkfl.errors import StorageError
from sparkfl.sources.kind import Kind
from sparkfl.sources.secrets import is_secret, without
from sparkfl.tables.cause import cause

__all__ = ["failure"]

_ABSENT = (
    *("DATA_SOURCE_NOT_FOUND", "Failed to find", "No suitable driver", "ClassNotFoundException"),
    *("NoClassDefFoundError", "No FileSystem for scheme"),
)
_S3 = (
    "Spark reads S3 by hadoop-aws: start it with --packages org.apache.hadoop:hadoop-aws:<the "
    "version of the hadoop-client jars of Spark>."
)


def failure(error: Exception, name: str, kind: Kind, options: Mapping[str, str]) -> StorageError:
    """Return the error of a source that Spark cannot read.

    Parameters
    ----------
    error : Exception
        As pyspark raises it.
    name : str
        The source.
    kind : Kind
        Its kind.
    options : mapping of str to str
        Options of the reader.

    Examples
    --------
    >>> told = ValueError("java.sql.SQLException: no login for ann with geheim")
    >>> print(failure(told, "sales", Kind("jdbc", "jdbc"), {"password": "geheim"}))
    The source sales cannot be read as jdbc: no login for ann with ********. Correct its OPTIONS.
    """
    secrets = [value for key, value in options.items() if is_secret(key) and value]
    told = without(": ".join(dict.fromkeys([cause(error), *_causes(error)])), secrets)
    if "is not a valid name" in told:
        return StorageError(f"The source {name} cannot be made: {told}. Choose another name.")
    if not any(sign in str(error) for sign in _ABSENT):
        advice = "Correct its OPTIONS."
    elif "S3A" in str(error) or options.get("path", "").startswith("s3a:"):
        advice = _S3
    else:
        advice = kind.package or "Give Spark the package of this reader."
    return StorageError(f"The source {name} cannot be read as {kind.name}: {told}. {advice}")


def _causes(error: Exception) -> list[str]:
    """Tell what the first cause was: of a database it says why, where Spark says that it failed."""
    below = getattr(error, "_cause", None)
    while (deeper := getattr(below, "_cause", None)) is not None:
        below = deeper
    return [] if below is None else [cause(below)]
