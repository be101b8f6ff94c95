"""``OR REPLACE`` and ``IF NOT EXISTS``."""

from __future__ import annotations

from dataclasses import dataclass

from sparkfl.sqlext.grammar import Cursor

__all__ = ["IfExists", "if_exists"]


@dataclass(frozen=True)
class IfExists:
    """What CREATE does when the name is taken: exactly one of three words."""

    replace: bool = False
    ignore: bool = False

    def create_sql(self, what: str) -> str:
        """Return the head of a CREATE statement, up to the name."""
        return f"CREATE {'OR REPLACE ' * self.replace}{what}{' IF NOT EXISTS' * self.ignore}"


def if_exists(cursor: Cursor, replace: bool) -> IfExists:
    """Read ``[IF NOT EXISTS]``, which does not go with OR REPLACE."""
    if not cursor.at("IF", "NOT", "EXISTS"):
        return IfExists(replace=replace)
    if replace:
        raise cursor.error("OR REPLACE and IF NOT EXISTS exclude each other; choose one")
    cursor.expect("IF", "NOT", "EXISTS")
    return IfExists(ignore=True)
