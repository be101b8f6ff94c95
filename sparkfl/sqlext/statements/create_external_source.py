"""``CREATE [OR REPLACE] EXTERNAL SOURCE [IF NOT EXISTS] name [(columns)] USING kind (…)``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import LongType, StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.errors import SourceExistsError, SqlSyntaxError
from sparkfl.sources import SourceDefinition, create_source
from sparkfl.sources.catalog import find_source
from sparkfl.sources.secrets import secret_values, without
from sparkfl.sqlext.clauses.if_exists import IfExists, if_exists
from sparkfl.sqlext.clauses.options import options, options_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.parts import source as text_between
from sparkfl.sqlext.parts import split
from sparkfl.sqlext.statements.statement import Row, Statement
from sparkfl.sqlext.values import bound_options
from sparkfl.sqlext.views.expression import enclosed, mistake

__all__ = ["CreateExternalSource"]


@dataclass(frozen=True)
class CreateExternalSource(Statement):
    """Give files, a table of a database or topics a name that queries read as a table.

    `USING` names the kind: `csv`, `tsv`, `json`, `parquet`, `orc`, `delta`, `s3` (BUCKETS, PREFIX,
    FORMAT: one of those), `jdbc`, `postgresql` (HOST, PORT, DATABASE), `snowflake` (ACCOUNT,
    WAREHOUSE, DATABASE, SCHEMA, …) or `kafka` (BOOTSTRAP_SERVERS, TOPICS). Options are those of
    Spark's reader, in any case, with or without `_` between the words; of a database, TABLE is by
    default the source's name. What a session lacks for it, a package or a driver, is said before
    anything is made.

    The source is Spark's own table, `CREATE TABLE … USING`, in the current schema of Spark's
    catalog: it is read in every query, with the extension and without, and lives as long as tables
    do there.

    Rows of text, csv, tsv and json, are read by rules: `DATE_FORMATS = ['d/M/yyyy', …]` are tried
    in order after ISO 8601; `THOUSANDS = ','` and `DECIMAL = '.'` say how numbers are written;
    `NULL_VALUES = ['n/a', …]`; types are those that are declared behind the name, otherwise those
    that all values of a column have, but for a share of `TOLERANCE` (0). A row that cannot be taken
    apart, or has a value that is none of its type, is kept aside, with the reason, in the view
    `name_bad_rows` (`BAD_ROWS = 'fail'`: it is an error). Messages of Kafka are JSON of the columns
    that are declared, or come as they are.

    A password stays in the table of Spark's catalog, as Spark keeps it; DESCRIBE, SHOW, errors and
    the registry have stars for it. `'${env:DB_PASSWORD}'` keeps it out of the statement.

    Examples
    --------
    .. code-block:: sql

        CREATE OR REPLACE EXTERNAL SOURCE orders
        (order_id STRING, placed DATE, amount DECIMAL(12, 2)) USING csv OPTIONS (
          PATH = '/backup/orders', THOUSANDS = ',', DATE_FORMATS = ['d/M/yyyy', 'd.M.yyyy']
        )
    """

    path: tuple[str, ...]
    when: IfExists
    definition: SourceDefinition

    @classmethod
    def parse(cls, cursor: Cursor) -> CreateExternalSource:
        """Read the statement from its first word."""
        try:
            return cls._parse(cursor)
        except SqlSyntaxError as error:
            told = without(str(error), secret_values(cursor.text))
            raise SqlSyntaxError(told, error.line, error.position) from None

    @classmethod
    def _parse(cls, cursor: Cursor) -> CreateExternalSource:
        cursor.expect("CREATE")
        replace = cursor.accept("OR", "REPLACE")
        cursor.expect("EXTERNAL", "SOURCE")
        when = if_exists(cursor, replace)
        path = cursor.source_path()
        columns = _columns(cursor) if cursor.at("(") else ()
        cursor.expect("USING")
        kind = cursor.identifier("a kind of source, such as csv").lower()
        cursor.accept("OPTIONS")
        given = options(cursor)
        cursor.end()
        return cls(path, when, SourceDefinition(kind, given, columns))

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        told = ", ".join(f"{quote(name)} {type_}" for name, type_ in self.definition.columns)
        columns = f" ({told})" if told else ""
        head = (
            f"{self.when.create_sql('EXTERNAL SOURCE')} {'.'.join(map(quote, self.path))}{columns}"
        )
        given = options_sql(self.definition.options)
        return f"{head} USING {quote(self.definition.kind)} {given}"

    @property
    def schema(self) -> StructType:
        """`source_name`; of text `rows`, `bad_rows` and the view that has them."""
        return StructType(
            [
                StructField("source_name", StringType()),
                StructField("rows", LongType()),
                StructField("bad_rows", LongType()),
                StructField("bad_rows_view", StringType()),
            ]
        )

    def run(self, spark: SparkSession) -> list[Row]:
        """Check that the source can be read, and make its tables and views.

        Raises
        ------
        ParameterError
            If an option or a column cannot be.
        SourceExistsError
            If the name is taken, without OR REPLACE and IF NOT EXISTS.
        StorageError
            If it cannot be read; the message says what is missing.
        """
        given = bound_options(self.definition.options, spark)
        definition = SourceDefinition(self.definition.kind, given, self.definition.columns)
        try:
            made, counted = create_source(spark, self.path, definition, self.when.replace)
        except SourceExistsError:
            if not self.when.ignore:
                raise
            # Something else of the name is no source that may be left as it is.
            return [(find_source(spark, self.path).name, None, None, None)]
        return [(made.name, *(counted or (None, None)), made.bad_rows)]


def _columns(cursor: Cursor) -> tuple[tuple[str, str], ...]:
    """Read ``(name type, …)``."""
    found: list[tuple[str, str]] = []
    for part in split(enclosed(cursor, "a column and its type")):
        if len(part) < 2 or not part[0].is_name:
            raise mistake(part[0], "a column and its type was expected: (order_id STRING, …).")
        name = part[0].name
        if name.lower() in (each.lower() for each, _ in found):
            raise mistake(part[0], f"column {name} is declared twice; leave one out.")
        found.append((name, text_between(cursor.text, part[1:])))
    return tuple(found)
