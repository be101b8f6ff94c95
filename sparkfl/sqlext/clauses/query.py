"""The query of a statement."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession

from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.query import query, tables
from sparkfl.tables import delta_version

__all__ = ["Query", "read_query"]


@dataclass(frozen=True)
class Query:
    """A query in a statement.

    Attributes
    ----------
    text : str
        The query.
    lead : str
        Blanks in place of what is before it in the statement, so that positions hold.
    """

    text: str
    lead: str = field(default="", compare=False, repr=False)

    @classmethod
    def between(cls, text: str, start: int, stop: int) -> Query:
        """Return the query that stands between two places of a statement."""
        return cls(text[start:stop], re.sub(r"[^\n]", " ", text[:start]))

    @property
    def positioned(self) -> str:
        """The query where it stands in the statement."""
        return self.lead + self.text

    def tables(self, spark: SparkSession) -> dict[str, int | None]:
        """Return the tables that it reads, with the version of those that are Delta's."""
        return {name: delta_version(spark, name) for name in tables(spark, self.text)}

    def frame(self, spark: SparkSession) -> DataFrame:
        """Return the query as a frame, which has not run."""
        return query(spark, self.positioned)


def read_query(cursor: Cursor) -> Query:
    """Read what is left as a query."""
    return Query(*cursor.rest())
