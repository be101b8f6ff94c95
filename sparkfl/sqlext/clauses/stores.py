"""Some stores of a federation: ``PARTITION ('north', 'south')``."""

from __future__ import annotations

from dataclasses import dataclass

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql

__all__ = ["Stores", "stores"]


@dataclass(frozen=True)
class Stores:
    """Stores that a statement names.

    Attributes
    ----------
    values : tuple of str or int
        Their names.
    column : str or None
        The column of the store, if the statement names it, as Spark's partitions do.
    """

    values: tuple[str | int, ...]
    column: str | None = None

    @property
    def sql(self) -> str:
        """Its text."""
        column = f"{quote(self.column)} = " if self.column is not None else ""
        return f"PARTITION ({column}{', '.join(map(literal_sql, self.values))})"

    def check_column(self, own: str) -> None:
        """Refuse another column than that of the store.

        Raises
        ------
        ParameterError
            If it is another.
        """
        if self.column is not None and self.column.lower() != own.lower():
            raise ParameterError(
                f"The model has a partition for each value of {own}, not of {self.column}."
            )


def stores(cursor: Cursor) -> Stores:
    """Read ``('north', 'south')`` or ``(store_id = 'north')``."""
    cursor.expect("(")
    column = None
    if not cursor.at_literal():
        column = ".".join(cursor.path("a store, or its column"))
        cursor.expect("=")
    values = [_store(cursor)]
    while column is None and cursor.accept(","):
        values.append(_store(cursor))
    cursor.expect(")")
    return Stores(tuple(values), column)


def _store(cursor: Cursor) -> str | int:
    value = cursor.literal("a store")
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise cursor.error(f"a store is a string or a whole number, not {literal_sql(value)}")
    return value
