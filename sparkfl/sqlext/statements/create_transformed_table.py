"""``CREATE [OR REPLACE] TABLE [IF NOT EXISTS] name [WITH (…)] [TRANSFORM (…)] AS query``."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import TableExistsError
from sparkfl.execution.cached import cached
from sparkfl.models.preview import fit_transform
from sparkfl.serving.catalog import registry
from sparkfl.sqlext.clauses.change import pairs, pairs_sql
from sparkfl.sqlext.clauses.if_exists import IfExists, if_exists
from sparkfl.sqlext.clauses.query import Query, read_query
from sparkfl.sqlext.clauses.transform import no_options, transform, transform_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.kept_transform import keep_transform
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement
from sparkfl.transforms.clause import TransformList

__all__ = ["CreateTransformedTable"]


@dataclass(frozen=True)
class CreateTransformedTable(Statement):
    """Make a table of a query's rows and what TRANSFORM makes of them: vectors as arrays.

    Such arrays can be features of CREATE MODEL. The fitted clause is kept as the model
    ``name_transform``, by which `model_transform` makes the same of other rows. Rows with a value
    that is not valid have NULL there, and teach the transformers nothing. Properties in WITH are
    those of the table; without TRANSFORM it is Spark's CREATE TABLE with these.

    Examples
    --------
    .. code-block:: sql

        CREATE TABLE prepared
        TRANSFORM (string_indexer(city) city_number, vector_assembler(spend, city_number) features)
        AS SELECT * FROM customers
    """

    name: tuple[str, ...]
    when: IfExists
    clause: TransformList | None
    query: Query
    properties: dict[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, cursor: Cursor) -> CreateTransformedTable:
        """Read the statement from its first word."""
        cursor.expect("CREATE")
        replace = cursor.accept("OR", "REPLACE")
        cursor.expect("TABLE")
        when = if_exists(cursor, replace)
        name = cursor.path("a table's name")
        properties = pairs(cursor, "a property") if cursor.accept("WITH") else {}
        clause = transform(cursor) if cursor.accept("TRANSFORM") else None
        if clause:
            no_options(cursor)
        cursor.expect("AS")
        return cls(name, when, clause, read_query(cursor), properties)

    @property
    def source(self) -> Query:
        """The query of its rows."""
        return self.query

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        clause = f" TRANSFORM ({transform_sql(self.clause.items)})" if self.clause else ""
        return f"{self._head()}{self._with('WITH')}{clause} AS {self.query.text}"

    def _head(self) -> str:
        return f"{self.when.create_sql('TABLE')} {'.'.join(map(quote, self.name))}"

    def _with(self, word: str) -> str:
        return f" {word} {pairs_sql(self.properties)}" if self.properties else ""

    @property
    def schema(self) -> StructType:
        """No columns, as CREATE TABLE has none."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Fit the clause, write the table as Spark's CREATE TABLE AS does, and keep the clause."""
        full = ".".join(self.name)
        exists = spark.catalog.tableExists(".".join(map(quote, self.name)))
        if exists and self.when.ignore:
            return []
        if exists and not self.when.replace:
            raise TableExistsError(
                f"Table {full} exists. Use CREATE TABLE IF NOT EXISTS, or DROP TABLE it first."
            )
        if self.clause is None:
            self._write(spark, self.query.frame(spark))
            return []
        registry(spark).check_writable()
        with cached(self.query.frame(spark)) as rows:
            fitted = fit_transform(rows, self.clause)
            fitted.check_size(rows)
            self._write(spark, fitted.transform(rows))
        keep_transform(spark, full, fitted, self.query)
        return []

    def _write(self, spark: SparkSession, rows: DataFrame) -> None:
        view = f"sparkfl_{uuid.uuid4().hex}"
        rows.createOrReplaceTempView(view)
        try:
            spark.sql(f"{self._head()}{self._with('TBLPROPERTIES')} AS SELECT * FROM {view}")
        finally:
            spark.catalog.dropTempView(view)
