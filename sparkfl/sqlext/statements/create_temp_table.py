"""``CREATE [OR REPLACE] TEMP TABLE [IF NOT EXISTS] name [WITH (…)] [TRANSFORM (…)] AS query``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import TableExistsError
from sparkfl.execution.cached import cached
from sparkfl.models.preview import fit_transform
from sparkfl.serving.catalog import registry
from sparkfl.sqlext.clauses.change import pairs
from sparkfl.sqlext.clauses.if_exists import IfExists, if_exists
from sparkfl.sqlext.clauses.query import Query, read_query
from sparkfl.sqlext.clauses.transform import no_options, transform, transform_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.query import require_distinct_columns
from sparkfl.sqlext.statements.kept_transform import keep_transform
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement
from sparkfl.transforms.clause import TransformList

__all__ = ["CreateTempTable"]


@dataclass(frozen=True)
class CreateTempTable(Statement):
    """Keep a query's rows under a name until the session ends.

    The rows are a snapshot: the query runs once. Spark itself refuses temporary tables and offers
    temporary views, which run their query anew each time. With TRANSFORM there are besides what it
    makes of the rows, as in CREATE TABLE … TRANSFORM. WITH may stand as it does there; a temporary
    table has no properties, so that they are kept nowhere.

    Examples
    --------
    .. code-block:: sql

        CREATE TEMP TABLE scored AS
        SELECT * FROM model_predict(segments, 1, SELECT * FROM customers)
    """

    name: str
    when: IfExists
    query: Query
    clause: TransformList | None = None

    @classmethod
    def parse(cls, cursor: Cursor) -> CreateTempTable:
        """Read the statement from its first word."""
        cursor.expect("CREATE")
        replace = cursor.accept("OR", "REPLACE")
        if not cursor.accept("TEMP"):
            cursor.expect("TEMPORARY")
        cursor.expect("TABLE")
        when = if_exists(cursor, replace)
        name = cursor.identifier("a table's name")
        if cursor.at("."):
            raise cursor.error("a temporary table is in no schema: give one name")
        if cursor.accept("WITH"):
            pairs(cursor, "a property")
        clause = transform(cursor) if cursor.accept("TRANSFORM") else None
        if clause:
            no_options(cursor)
        cursor.expect("AS")
        return cls(name, when, read_query(cursor), clause)

    @property
    def source(self) -> Query:
        """The query of its rows."""
        return self.query

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        clause = f" TRANSFORM ({transform_sql(self.clause.items)})" if self.clause else ""
        head = f"{self.when.create_sql('TEMP TABLE')} {quote(self.name)}"
        return f"{head}{clause} AS {self.query.text}"

    @property
    def schema(self) -> StructType:
        """No columns, as CREATE TABLE has none."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Run the query, keep its rows on the executors, and name them.

        Raises
        ------
        TableExistsError
            If the session has a temporary table or view of the name.
        """
        # Names alone, from whichever catalog is current: listTables looks at every table.
        views = spark.sql("SHOW VIEWS IN spark_catalog.global_temp").collect()
        taken = (self.name.lower(), "") in ((v.viewName.lower(), v.namespace) for v in views)
        if taken and self.when.ignore:
            return []
        if taken and not self.when.replace:
            raise TableExistsError(
                f"Temporary table {self.name} exists. Use CREATE OR REPLACE TEMP TABLE, "
                f"IF NOT EXISTS, or DROP VIEW {self.name} first."
            )
        rows = self.query.frame(spark)
        require_distinct_columns(rows)
        if not self.clause:
            rows.localCheckpoint().createOrReplaceTempView(quote(self.name))
            return []
        registry(spark).check_writable()
        with cached(rows) as kept:
            fitted = fit_transform(kept, self.clause)
            fitted.check_size(kept)
            made = fitted.transform(kept).localCheckpoint()
        keep_transform(spark, self.name, fitted, self.query)
        made.createOrReplaceTempView(quote(self.name))
        return []
