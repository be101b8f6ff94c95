"""External sources as streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

from sparkfl.errors import ParameterError
from sparkfl.sources.catalog import StoredSource, find_source
from sparkfl.sources.kind import translated
from sparkfl.sources.kinds import KINDS
from sparkfl.sources.reading import text_view
from sparkfl.sources.secrets import is_secret
from sparkfl.sources.views import messages, over

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["read_stream"]


def read_stream(
    spark: SparkSession, name: str | Sequence[str], secrets: Mapping[str, str] | None = None
) -> DataFrame:
    """Return an external source as a stream: its columns, and its good rows, as they come.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session.
    name : str or sequence of str
        The source: messages of Kafka, or files, of which new ones are read. Databases are no
        streams.
    secrets : mapping of str to str, optional
        Of Kafka: options that SHOW and DESCRIBE have stars for, as CREATE EXTERNAL SOURCE calls
        them. Spark streams no table of Kafka's in its catalog, and tells nobody its secrets.

    Raises
    ------
    SourceNotFoundError
        If there is none of the name.
    ParameterError
        If a secret is not given.

    Examples
    --------
    >>> import tempfile
    >>> from sparkfl.sources import SourceDefinition, create_source, drop_source
    >>> path = tempfile.mkdtemp()
    >>> spark.range(3).write.mode("append").json(path)
    >>> _ = create_source(spark, "doc_stream", SourceDefinition("json", {"PATH": path}))
    >>> read_stream(spark, "doc_stream").isStreaming
    True
    >>> drop_source(spark, "doc_stream")
    """
    stored = find_source(spark, name)
    if stored.raw is None:
        return spark.readStream.table(stored.name)
    if stored.kind == "kafka":
        options = _topic_options(stored, secrets or {})
        raw = spark.readStream.format("kafka").options(**options).load()
        return over(partial(messages, columns=stored.columns), raw)
    raw = spark.readStream.table(stored.raw)
    # A source of `s3` is of its format.
    word = stored.options["FORMAT"] if stored.kind == "s3" else stored.kind
    return over(text_view(KINDS[word], stored.columns, stored.rules).good, raw)


def _topic_options(stored: StoredSource, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the options of Kafka's reader; a stream has no end."""
    given = {key.upper(): value for key, value in secrets.items()}
    lacking = [key for key in stored.options if is_secret(key) and key not in given]
    if lacking:
        raise ParameterError(
            f"The stream of {stored.name} needs {', '.join(lacking)}, which the catalog keeps to "
            f"itself: read_stream(spark, name, secrets={{{lacking[0]!r}: …}})."
        )
    options = translated(KINDS["kafka"], {**stored.options, **given}, stored.last)
    options.pop("endingOffsets", None)
    return options
