"""The name of a function."""

from __future__ import annotations

from collections.abc import Sequence

from sparkfl.columns import quote
from sparkfl.sqlext.grammar import MAX_PARTS, Cursor

__all__ = ["function_name", "function_sql"]


def function_name(cursor: Cursor) -> tuple[str, ...]:
    """Read a function's name of at most `MAX_PARTS` parts: catalog, schema and name."""
    path = cursor.path("a function's name")
    if len(path) > MAX_PARTS:
        raise cursor.error(
            f"a function's name has at most {MAX_PARTS} parts, catalog.schema.name; "
            f"{'.'.join(path)} has {len(path)}"
        )
    return path


def function_sql(path: Sequence[str]) -> str:
    """Return the text of a function's name."""
    return ".".join(map(quote, path))
