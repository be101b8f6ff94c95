"""The values in a statement: literals, columns, session variables, arrays of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from pyspark.sql import SparkSession

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.options import RANGE
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.query import query
from sparkfl.transforms.clause import ColumnRef, Literal

__all__ = ["SessionVariable", "bound", "bound_options", "of_path", "value_sql", "variable"]

_SCHEMA = ("system", "session")


@dataclass(frozen=True)
class SessionVariable:
    """A variable of ``DECLARE``, whose value a statement takes when it runs."""

    name: str

    @property
    def sql(self) -> str:
        """Its full name."""
        return f"system.session.{quote(self.name)}"

    def value(self, spark: SparkSession) -> object:
        """Return its value in a session.

        Raises
        ------
        ParameterError
            If it is no string, number, boolean, NULL or array of these.
        """
        row = query(spark, f"SELECT {self.sql}").first()
        assert row is not None
        return self._plain(row[0])

    def _plain(self, value: object) -> object:
        if isinstance(value, Decimal):
            return int(value) if value == int(value) else float(value)
        if isinstance(value, list):
            return tuple(self._plain(v) for v in value)
        if value is None or isinstance(value, str | int | float | bool):
            return value
        raise ParameterError(
            f"Session variable {self.name} is {value!r}; a string, a number, a boolean, NULL or an "
            "array of these was expected. SET VARIABLE to one."
        )


def variable(cursor: Cursor) -> SessionVariable | None:
    """Read ``$name`` if it comes next."""
    dollar, name = cursor.peek(), cursor.peek(1)
    if dollar is None or dollar.text != "$" or name is None or name.start != dollar.stop:
        return None
    cursor.take()
    return SessionVariable(cursor.identifier("a session variable's name"))


def of_path(path: tuple[str, ...], schemas: int = 1) -> SessionVariable | None:
    """Return the variable that a path is, led by at least `schemas` of ``system.session``."""
    leading = tuple(part.lower() for part in path[:-1])
    full = len(leading) >= schemas and leading and _SCHEMA[-len(leading) :] == leading
    return SessionVariable(path[-1]) if full else None


def bound(value: object, spark: SparkSession) -> object:
    """Return a value with the values of the session's variables in it."""
    if isinstance(value, SessionVariable):
        return value.value(spark)
    if isinstance(value, tuple):
        return tuple(bound(v, spark) for v in value)
    return bound_options(value, spark) if isinstance(value, dict) else value


def bound_options(given: Mapping[str, object], spark: SparkSession) -> dict[str, object]:
    """Return values by key with the values of the session's variables in them."""
    return {key: bound(value, spark) for key, value in given.items()}


def value_sql(value: object) -> str:
    """Return the text of a value.

    Examples
    --------
    >>> value_sql((1, ColumnRef(("a", "b c")), SessionVariable("v")))
    'ARRAY(1, `a`.`b c`, system.session.`v`)'
    """
    if isinstance(value, dict):
        ((search, given),) = value.items()
        shown = ", ".join(map(value_sql, given)) if search == RANGE else value_sql(given)
        return f"{search}({shown})"
    if isinstance(value, tuple):
        return f"ARRAY({', '.join(map(value_sql, value))})"
    if isinstance(value, ColumnRef):
        return ".".join(map(quote, value.path))
    if isinstance(value, SessionVariable):
        return value.sql
    return literal_sql(cast("Literal", value))
