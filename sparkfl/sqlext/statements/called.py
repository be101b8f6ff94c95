"""Statements that are one call of a function."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

from pyspark.sql import SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from sparkfl.errors import ParameterError
from sparkfl.sqlext.clauses.call import Call, call, call_sql
from sparkfl.sqlext.clauses.query import Query
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import CREATED, Row, Statement
from sparkfl.sqlext.values import bound

__all__ = ["CalledStatement", "CalledTraining"]


@dataclass(frozen=True)
class CalledStatement(Statement):
    """``SELECT function(…) [AS column]`` or ``SELECT * FROM function(…)``.

    Attributes
    ----------
    found : Call
        The call.
    """

    found: Call
    function: ClassVar[str]
    names: ClassVar[tuple[str, ...]]
    """Its arguments, in the order in which they stand without names."""
    needed: ClassVar[int] = 2
    """How many of them, the first ones, have to be given."""
    query: ClassVar[str] = ""
    """The argument that is a query."""
    more: ClassVar[bool] = False
    """Whether it takes arguments of other names, too."""
    rows: ClassVar[StructType]
    """What it returns in FROM."""

    @classmethod
    def parse(cls, cursor: Cursor) -> Self:
        """Read the statement from its first word."""
        statement = cls(call(cursor, cls.function, cls.names, cls.more))
        for name in cls.names[: cls.needed]:
            if name not in statement.found.arguments:
                listed = ", ".join(cls.names)
                raise cursor.error(f"{cls.function} takes {listed}: there is no {name}")
        return statement

    @property
    def source(self) -> Query | None:
        """The query, as it stands, or as text, or of a table."""
        if not self.query:
            return None
        value = self.found.arguments.get(self.query)
        if isinstance(value, Query):
            return value
        if not isinstance(value, str) or not value.strip():
            raise ParameterError(
                f"{self.function}: {self.query} is {value!r}; give a query, or its text."
            )
        return Query(value if len(value.split()) > 1 else f"SELECT * FROM {value}")

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return call_sql(self.function, self.found)

    @property
    def schema(self) -> StructType:
        """The columns `rows` in FROM; else one column, of a text."""
        if self.found.rows:
            return self.rows
        return StructType([StructField(self.found.alias or self.function, StringType())])

    def text(self, name: str, spark: SparkSession) -> str:
        """Return an argument that must be a text."""
        value = self.text_or_none(name, spark)
        if value is None or not value.strip():
            raise ParameterError(f"{self.function}: {name} is {value!r}; it must be a string.")
        return value

    def text_or_none(self, name: str, spark: SparkSession) -> str | None:
        """Return an argument that is a text, None if it is left out."""
        value = bound(self.found.arguments.get(name), spark)
        if value is not None and not isinstance(value, str):
            raise ParameterError(f"{self.function}: {name} is {value!r}; it must be a string.")
        return value


@dataclass(frozen=True)
class CalledTraining(CalledStatement):
    """A call that makes a version of a model.

    In FROM it returns the columns of `CREATED`, in SELECT the name of the version, `churn$1`.
    """

    rows = CREATED

    def run(self, spark: SparkSession) -> list[Row]:
        """Make the version."""
        made = self._made(spark)
        if self.found.rows:
            return made
        return [(None if row[2] is None else f"{row[1]}${row[2]}",) for row in made]

    @abstractmethod
    def _made(self, spark: SparkSession) -> list[Row]:
        """Return the row of the version, of the columns of `CREATED`."""
