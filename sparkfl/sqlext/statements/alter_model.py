"""``ALTER MODEL name SET ALIAS | UNSET ALIAS | SET TAGS | UNSET TAGS | RENAME TO …``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import ParameterError
from sparkfl.registry import ModelRegistry
from sparkfl.serving.catalog import find, qualified, registry, versioned
from sparkfl.sqlext.clauses.version import Version, bound_version, version, version_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement

__all__ = ["AlterModel"]

_ACTIONS = "SET ALIAS alias = version, UNSET ALIAS alias, SET TAGS (…), UNSET TAGS (…) or RENAME TO"


@dataclass(frozen=True)
class AlterModel(Statement):
    """Change what a model is called, or is said of it; nothing is trained.

    An alias stands for one version, as ``champion`` does in ``name@champion``. Tags are those of
    the model as a whole, of a version where the name has one: ``name$3``.

    Examples
    --------
    .. code-block:: sql

        ALTER MODEL segments SET ALIAS champion = 3;
        ALTER MODEL segments UNSET ALIAS champion;
        ALTER MODEL segments SET TAGS (owner = 'marketing', 'review due' = '2027-01-01');
        ALTER MODEL segments$3 UNSET TAGS (owner);
        ALTER MODEL segments RENAME TO customer_segments
    """

    name: str
    action: str
    alias: str = ""
    version: Version = None
    tags: dict[str, str] = field(default_factory=dict)
    to: str = ""

    @classmethod
    def parse(cls, cursor: Cursor) -> AlterModel:
        """Read the statement from its first word."""
        cursor.expect("ALTER", "MODEL")
        name = cursor.model()
        for action, read in _READ.items():
            if cursor.accept(*action.split()):
                statement = cls(name, action, **read(cursor))
                cursor.end()
                return statement
        raise cursor.error(f"{_ACTIONS} was expected")

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        pairs = [f"{literal_sql(k)} = {literal_sql(v)}" for k, v in self.tags.items()]
        rest = {
            "SET ALIAS": f" {quote(self.alias)} ={version_sql(self.version)}",
            "UNSET ALIAS": f" {quote(self.alias)}",
            "SET TAGS": f" ({', '.join(pairs)})",
            "UNSET TAGS": f" ({', '.join(map(literal_sql, self.tags))})",
            "RENAME TO": f" {quote(self.to)}",
        }
        return f"ALTER MODEL {quote(self.name)} {self.action}{rest[self.action]}"

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    def run(self, spark: SparkSession) -> list[Row]:
        """Change it.

        Raises
        ------
        ModelNotFoundError
            If there is no such model or version.
        ParameterError
            If there is no such alias or tag, or a name is not valid.
        """
        models = registry(spark)
        models.check_writable()
        name, own = versioned(self.name)
        if own is not None and not self.action.endswith("TAGS"):
            raise ParameterError(f"{self.action} is of a model, not of a version: write {name}.")
        found = find(spark, name).name
        _RUN[self.action](self, spark, models, found, own)
        return []


def _tags(cursor: Cursor, values: bool) -> dict[str, str]:
    """Read ``(key = 'value', …)`` or ``(key, …)``."""
    cursor.expect("(")
    found: dict[str, str] = {}
    while True:
        key = str(cursor.literal("a tag")) if cursor.at_literal() else cursor.identifier("a tag")
        value = ""
        if values:
            cursor.expect("=")
            value = str(cursor.literal(f"the value of tag {key}"))
        if key in found:
            raise cursor.error(f"tag {key} is given twice")
        found[key] = value
        if not cursor.accept(","):
            break
    cursor.expect(")")
    return found


def _alias(cursor: Cursor) -> dict[str, Any]:
    alias = cursor.identifier("an alias")
    cursor.expect("=")
    wanted = version(cursor)
    if wanted is None:
        raise cursor.error("a version number or an alias was expected")
    return {"alias": alias, "version": wanted}


_READ: dict[str, Callable[[Cursor], dict[str, Any]]] = {
    "SET ALIAS": _alias,
    "UNSET ALIAS": lambda cursor: {"alias": cursor.identifier("an alias")},
    "SET TAGS": lambda cursor: {"tags": _tags(cursor, True)},
    "UNSET TAGS": lambda cursor: {"tags": _tags(cursor, False)},
    "RENAME TO": lambda cursor: {"to": cursor.model_name()},
}

_Run = Callable[[AlterModel, SparkSession, ModelRegistry, str, int | str | None], None]


def _set_alias(
    s: AlterModel, spark: SparkSession, models: ModelRegistry, name: str, _: object
) -> None:
    wanted = bound_version(s.version, spark)
    assert wanted is not None
    models.set_alias(name, s.alias, wanted)


_RUN: dict[str, _Run] = {
    "SET ALIAS": _set_alias,
    "UNSET ALIAS": lambda s, _, models, name, __: models.unset_alias(name, s.alias),
    "SET TAGS": lambda s, _, models, name, own: models.set_tags(name, s.tags, own),
    "UNSET TAGS": lambda s, _, models, name, own: models.unset_tags(name, s.tags, own),
    "RENAME TO": lambda s, spark, models, name, _: models.rename(name, qualified(spark, s.to)),
}
