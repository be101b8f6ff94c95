"""``CREATE [OR REPLACE] FEATURE VIEW [IF NOT EXISTS] name ENTITY column, … AS SELECT …``."""

from __future__ import annotations

from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import IntegerType, StringType, StructField, StructType

from sparkfl.columns import quote
from sparkfl.errors import FeatureViewExistsError
from sparkfl.registry import StoredFeatureView
from sparkfl.serving.catalog import qualified, registry
from sparkfl.sqlext.clauses.if_exists import IfExists, if_exists
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import Row, Statement
from sparkfl.sqlext.views.definition import Definition, definition
from sparkfl.sqlext.views.kept import checked, content_of
from sparkfl.sqlext.views.written import definition_sql

__all__ = ["MADE", "CreateFeatureView", "at_feature_view", "made_row"]

MADE = StructType([StructField("view_name", StringType()), StructField("version", IntegerType())])
"""The result of a statement that makes a version of a view."""


@dataclass(frozen=True)
class CreateFeatureView(Statement):
    """Keep under a name which features of an entity are made of which events.

    `CREATE VDS` is the same. In full:

    - `ENTITY customer_id [, …] [PER store_id]`: the columns of a row.
    - `TIMESTAMP event_time`: when an event was, a column or an expression in parentheses; of all
      sources that do not name their own.
    - `TILE INTERVAL 1 DAY [IN table]`: REFRESH FEATURE VIEW keeps what days add up to, by default
      in a table that is named after the view with `_tiles` behind it.
    - `[CONSTRAINT name] EXPECT expectation [ON VIOLATION FAIL | WARN]`, any number: checked before
      a training and by REFRESH, which fail, or warn (the default); `feature_quality(view)` has
      what was seen.
    - `AS SELECT item, … FROM source, … [WHERE …] [GROUP BY entity]`, or several such as `WITH name
      AS (SELECT …), … SELECT … FROM name, …`.

    An item is an aggregate, `function([DISTINCT] of, parameter => value) [FILTER (WHERE …)] [OVER
    LAST n DAYS] [AS name]`; an expression of other items, `expression AS name`, in which
    `as_of` is the time that is asked for; or a column of a table of entities, which has no time.
    Without OVER LAST an aggregate sees all time. Only events before the time that is asked for
    count.

    A source is `table [[AS] alias] [ENTITY (column, …)] [TIMESTAMP column] [ARRIVAL column] [FILTER
    (WHERE …)]`, or a query in parentheses. `a, b` and `a LEFT JOIN b ON a.entity = b.entity` are
    two sources, aggregated apart; a join by other columns says more of the rows before it. LEFT
    JOIN keeps the rows of a table of entities. `WHERE time >= CURRENT_DATE - INTERVAL 30 DAY` is
    OVER LAST 30 DAYS of each aggregate of that source, whose time that column is.

    An expectation is a condition over the columns of a row, which no row may make false, such as
    `visits_7d BETWEEN 0 AND 168` or `avg_spent_30d IS NOT NULL`; or a figure of a column and its
    bounds, by `<=`, `>=`, `<`, `>`, `=` or BETWEEN: `nulls(c)`, the share of NULLs, `distinct(c)`,
    `min(c)`, `max(c)`, `mean(c)`, `std(c)`, `rows()`; `freshness(source)`, the time since its
    latest event, as in `freshness(visits) <= 2 DAYS`; `psi(c)`, the population stability index
    against the distribution of the last version; or `schema`: the columns of the sources have the
    names and types that they had when the version was made.

    What a source lacks, or has in another type, is named before anything is kept. Nothing runs. The
    Python equivalent is `sparkfl.features.views.FeatureView`.

    Examples
    --------
    .. code-block:: sql

        CREATE OR REPLACE FEATURE VIEW customer_value
        ENTITY customer_id TIMESTAMP visited TILE INTERVAL 1 DAY
        EXPECT visits_7d <= 168 ON VIOLATION FAIL,
        EXPECT nulls(last_visit) <= 0.01
        AS SELECT
          count(*) OVER LAST 7 DAYS AS visits_7d,
          avg(spent) OVER LAST 30 DAYS AS avg_spent_30d,
          sum(spent) FILTER (WHERE channel = 'web') OVER LAST 30 DAYS AS web_spent_30d,
          max(visited) AS last_visit,
          CASE WHEN visits_7d >= 3 THEN 'HIGH' ELSE 'LOW' END AS segment
        FROM visits;
        CREATE FEATURE VIEW IF NOT EXISTS store_customers
        ENTITY customer_id PER store_id
        AS SELECT c.age, c.city, count(v.*) OVER LAST 4 WEEKS AS visits_28d
        FROM customers c LEFT JOIN visits v TIMESTAMP visited USING (customer_id, store_id)
    """

    name: str
    when: IfExists
    definition: Definition

    @classmethod
    def parse(cls, cursor: Cursor) -> CreateFeatureView:
        """Read the statement from its first word."""
        cursor.expect("CREATE")
        replace = cursor.accept("OR", "REPLACE")
        at_feature_view(cursor)
        when = if_exists(cursor, replace)
        name = cursor.model_name("feature view")
        return cls(name, when, definition(cursor, name))

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        head = f"{self.when.create_sql('FEATURE VIEW')} {quote(self.name)}"
        return f"{head} {definition_sql(self.definition)}"

    @property
    def schema(self) -> StructType:
        """`view_name`, `version`."""
        return MADE

    def run(self, spark: SparkSession) -> list[Row]:
        """Check the sources and keep the definition.

        Raises
        ------
        FeatureViewExistsError
            If there is one, without OR REPLACE and IF NOT EXISTS.
        SchemaError
            If a source lacks a column, or has one of a type that cannot be used.
        StorageError
            If a source is not there.
        """
        views, name = registry(spark), qualified(spark, self.name)
        views.check_writable()
        if self.when.ignore and (there := views.known_feature_view(name)) is not None:
            return [made_row(there)]
        content = checked(spark, name, content_of(spark, name, self.definition))
        try:
            made = views.create_feature_view(name, content, self.when.replace)
        except FeatureViewExistsError:
            if not self.when.ignore:
                raise
            made = views.feature_view(name)
        return [made_row(made)]


def at_feature_view(cursor: Cursor) -> None:
    """Step over ``FEATURE VIEW`` or ``VDS``."""
    if not cursor.accept("VDS"):
        cursor.expect("FEATURE", "VIEW")


def made_row(made: StoredFeatureView) -> Row:
    """Return the row of `MADE` for a version."""
    return (made.name, made.version)
