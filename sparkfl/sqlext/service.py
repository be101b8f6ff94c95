"""What Python answers to the JVM: statements parsed and run, functions planned."""

from __future__ import annotations

import json

from pyspark.sql import DataFrame, SparkSession

from sparkfl.sqlext.grammar import Token
from sparkfl.sqlext.statements import Statement, parse

__all__ = ["SqlService"]


class SqlService:
    """The language behind `sparkfl.sqlext.jvm.bridge`; keeps nothing between calls."""

    def parse(self, sql: str, tokens: str) -> tuple[str, str | None]:
        """Return a statement's result schema as JSON, and its query."""
        statement = _statement(sql, tokens)
        source = statement.source
        return statement.schema.json(), source.positioned if source else None

    def execute(self, spark: SparkSession, sql: str, tokens: str) -> list[object]:
        """Run a statement; return its rows as Spark's internal ones."""
        statement = _statement(sql, tokens)
        return [statement.schema.toInternal(row) for row in statement.run(spark)]

    def transform(
        self,
        spark: SparkSession,
        function: str,
        model: str | None,
        version: int | str | None,
        options: str | None,
        query: DataFrame | None,
    ) -> DataFrame:
        """Return the plan of a table function, over a frame without rows if it takes a query."""
        # mlflow comes with the functions, and would slow down the start of every session.
        from sparkfl.sqlext.functions import EXPRESSIONS, answer
        from sparkfl.sqlext.query import query as read

        if function in EXPRESSIONS:
            assert model is not None
            assert query is not None
            return EXPRESSIONS[function](spark, model, query, **json.loads(options or "{}"))
        return answer(spark, function, model, version, options, query, read)

    def relation(self, spark: SparkSession, name: str) -> DataFrame | None:
        """Return the features of a view that is named as a table is; None if there is none."""
        from sparkfl.serving.named_views import named_view

        return named_view(spark, name)


def _statement(sql: str, encoded: str) -> Statement:
    """Parse a statement, given its tokens as kind, start, stop, line and column."""
    tokens = []
    for entry in encoded.splitlines():
        kind, *numbers = entry.split()
        start, stop, line, column = map(int, numbers)
        tokens.append(Token(kind, sql[start:stop], start, stop, line, column))
    return parse(sql, tokens)
