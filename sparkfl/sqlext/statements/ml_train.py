"""``SELECT ml_train('name', query, 'type', parameters)``, as a call and in FROM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.errors import ParameterError
from sparkfl.serving.catalog import qualified, registry
from sparkfl.serving.naming import named_options
from sparkfl.serving.single import trained_single
from sparkfl.serving.trained import Trained
from sparkfl.sqlext.clauses.call import Call, call, call_sql
from sparkfl.sqlext.clauses.if_exists import IfExists
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.clauses.training import TrainingClauses
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.register import create, of_tables
from sparkfl.sqlext.statements.statement import CREATED, Row, Statement
from sparkfl.sqlext.values import bound

__all__ = ["MlTrain", "as_called", "called_schema", "query_of", "text_of"]

_NAMES = ("model_name", "training_query", "model_type", "parameters")
REPLACED = IfExists(replace=True)


@dataclass(frozen=True)
class MlTrain(Statement):
    """Train a model of a query, or the next version of the model of that name.

    It is HeliosDB's way to write CREATE OR REPLACE MODEL. The type is a MODEL_TYPE or a family such
    as 'xgboost'; the label is the parameter `label`, else the query's column of such a name, else
    its last column. In SELECT it returns the name of the version, such as `churn$1`. It trains, so
    it must be the whole statement.

    Examples
    --------
    .. code-block:: sql

        SELECT ml_train('spend', 'SELECT total_orders, avg_order_value FROM customers',
                        'random_forest', jsonb_build_object('max_depth', 3, 'num_trees', 5))
    """

    found: Call

    @classmethod
    def parse(cls, cursor: Cursor) -> MlTrain:
        """Read the statement from its first word."""
        statement = cls(call(cursor, "ml_train", _NAMES))
        for name in _NAMES[:2]:
            if name not in statement.found.arguments:
                raise cursor.error(f"ml_train takes {', '.join(_NAMES)}: there is no {name}")
        return statement

    @property
    def source(self) -> Query:
        """The training query."""
        return query_of(self.found, "training_query", "ml_train")

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return call_sql("ml_train", self.found)

    @property
    def schema(self) -> StructType:
        """`model_id`, `model_name`, `version` in FROM; else one column, the version's name."""
        return CREATED if self.found.rows else called_schema(self.found, "ml_train")

    def run(self, spark: SparkSession) -> list[Row]:
        """Train and register."""
        name = text_of(self.found, "model_name", spark, "ml_train")
        kind = self.found.arguments.get("model_type")
        parameters = self.found.arguments.get("parameters") or {}
        if not isinstance(parameters, Mapping):
            raise ParameterError(
                f"ml_train: the parameters are {parameters!r}; write "
                "jsonb_build_object('max_depth', 6)."
            )
        rows = self.source.frame(spark)
        given = {key: bound(value, spark) for key, value in parameters.items()}
        options = named_options(rows, None if kind is None else str(bound(kind, spark)), given)
        clauses = TrainingClauses(None, options, self.source)

        def train() -> Trained:
            return of_tables(trained_single(rows, options, None), self.source, spark)

        made = create(registry(spark), qualified(spark, name), REPLACED, clauses, train)
        return as_called(made, self.found)


def query_of(found: Call, name: str, function: str) -> Query:
    """Return the query that is an argument: as it stands, or as text, or of a table."""
    value = found.arguments.get(name)
    if isinstance(value, Query):
        return value
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(f"{function}: {name} is {value!r}; give a query, or its text.")
    return Query(value if len(value.split()) > 1 else f"SELECT * FROM {value}")


def text_of(found: Call, name: str, spark: SparkSession, function: str) -> str:
    """Return an argument that is a text."""
    value = bound(found.arguments.get(name), spark)
    if not isinstance(value, str) or not value.strip():
        raise ParameterError(f"{function}: {name} is {value!r}; it must be a string.")
    return value


def called_schema(found: Call, function: str) -> StructType:
    """Return the one column of a call in SELECT."""
    return StructType([StructField(found.alias or function, StringType())])


def as_called(made: list[Row], found: Call) -> list[Row]:
    """Return the rows of a version that was made, in SELECT as its name."""
    return made if found.rows else [(f"{row[1]}${row[2]}",) for row in made]
