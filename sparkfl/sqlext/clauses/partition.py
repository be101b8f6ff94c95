"""``PARTITION BY column``."""

from __future__ import annotations

from sparkfl.sqlext.grammar import Cursor

__all__ = ["partition"]


def partition(cursor: Cursor, what: str) -> str:
    """Read the column after PARTITION BY, in parentheses or not; `what` it is, for the message."""
    bracketed = cursor.accept("(")
    column = cursor.identifier(f"{what}'s column")
    if cursor.at("."):
        raise cursor.error(f"PARTITION BY takes one column of the query: SELECT a.b AS {what}")
    if cursor.at(","):
        raise cursor.error(
            "PARTITION BY takes one column; make one of several in the query: concat(a, '/', b)"
        )
    if bracketed:
        cursor.expect(")")
    return column
