"""What a training statement says after the model's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from pyspark.sql import SparkSession

from sparkfl.sqlext.clauses.options import options, options_sql
from sparkfl.sqlext.clauses.query import Query, read_query
from sparkfl.sqlext.clauses.transform import bound_items, transform, transform_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.values import bound_options
from sparkfl.transforms.clause import TransformList

__all__ = ["TrainingClauses", "training_clauses"]


@dataclass(frozen=True)
class TrainingClauses:
    """What a training statement says after the model's name.

    Attributes
    ----------
    transform : TransformList or None
        TRANSFORM, None if left out.
    options : mapping of str to object
        OPTIONS, keys in upper case; empty if left out.
    query : Query
        The query after AS.
    """

    transform: TransformList | None
    options: Mapping[str, object]
    query: Query

    @property
    def sql(self) -> str:
        """Their text."""
        parts = [f"TRANSFORM ({transform_sql(self.transform.items)})"] if self.transform else []
        parts += [options_sql(self.options)] if self.options else []
        return " ".join([*parts, "AS", self.query.text])

    def bound(self, spark: SparkSession) -> TrainingClauses:
        """Return them with the values of the session's variables."""
        given = bound_options(self.options, spark)
        clause = self.transform
        if clause is not None and (items := bound_items(clause.items, spark)) != clause.items:
            clause = TransformList(items, transform_sql(items))
        return replace(self, options=given, transform=clause)


def training_clauses(cursor: Cursor, types: Iterable[str]) -> TrainingClauses:
    """Read TRANSFORM and OPTIONS, in either order and both optional, and ``AS query``.

    Raises
    ------
    SqlSyntaxError
        If a clause comes twice, or AS and its query are missing; `types` are the valid types,
        for the message.
    """
    items: TransformList | None = None
    given: dict[str, object] | None = None
    while not cursor.accept("AS"):
        if items is None and cursor.accept("TRANSFORM"):
            items = transform(cursor)
        elif given is None and cursor.accept("OPTIONS"):
            given = options(cursor)
        else:
            raise cursor.error(
                "AS and the training query are missing: [TRANSFORM (…)] OPTIONS (MODEL_TYPE = '…') "
                f"AS SELECT … was expected, with MODEL_TYPE one of {', '.join(sorted(types))}"
            )
    return TrainingClauses(items, given or {}, read_query(cursor))
