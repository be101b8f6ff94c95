"""External sources as streams."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from sparkfl.sources.catalog import find_source
from sparkfl.sources.kinds import KINDS
from sparkfl.sources.reading import text_view
from sparkfl.sources.views import messages, over

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["read_stream"]


def read_stream(spark: SparkSession, name: str | Sequence[str]) -> DataFrame:
    """Return an external source as a stream: its columns, and its good rows, as they come.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        A session.
    name : str or sequence of str
        The source: messages of Kafka, or files, of which new ones are read. Databases are no
        streams.

    Raises
    ------
    SourceNotFoundError
        If there is none of the name.

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
    raw = spark.readStream.table(stored.raw)
    if stored.kind == "kafka":
        return over(partial(messages, columns=stored.columns), raw)
    # A source of `s3` is of its format.
    word = stored.options["FORMAT"] if stored.kind == "s3" else stored.kind
    return over(text_view(KINDS[word], stored.columns, stored.rules).good, raw)
