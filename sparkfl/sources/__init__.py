"""External sources: files, databases and topics, read by Spark's readers under a name."""

from __future__ import annotations

from sparkfl.sources.catalog import (
    StoredSource,
    create_source,
    describe_source,
    drop_source,
    list_sources,
)
from sparkfl.sources.definition import SourceDefinition
from sparkfl.sources.kinds import KINDS
from sparkfl.sources.streaming import read_stream

__all__ = [
    "KINDS",
    "SourceDefinition",
    "StoredSource",
    "create_source",
    "describe_source",
    "drop_source",
    "list_sources",
    "read_stream",
]
