"""What ALTER MODEL changes: a class a change."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from pyspark.sql import SparkSession

from sparkfl.columns import quote
from sparkfl.registry import ModelRegistry
from sparkfl.serving.catalog import load, qualified
from sparkfl.serving.stores import (
    next_version,
    require_federated,
    require_of_releases,
    without_stores,
)
from sparkfl.sqlext.clauses.stores import Stores, stores
from sparkfl.sqlext.clauses.version import Version, bound_version, version, version_sql
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql

__all__ = ["CHANGES", "Change", "change", "pairs", "pairs_sql"]


class Change(ABC):
    """A change of a model, or of one version of it where that is said to be possible."""

    words: str
    of_version = False

    @classmethod
    @abstractmethod
    def read(cls, cursor: Cursor) -> Self:
        """Read what follows the words."""

    @property
    @abstractmethod
    def sql(self) -> str:
        """Its text."""

    @abstractmethod
    def apply(
        self, spark: SparkSession, models: ModelRegistry, name: str, version: int | str | None
    ) -> None:
        """Change a model of the registry."""


@dataclass(frozen=True)
class SetAlias(Change):
    """``SET ALIAS alias = version``."""

    alias: str
    version: Version
    words = "SET ALIAS"

    @classmethod
    def read(cls, cursor: Cursor) -> SetAlias:
        """Read the alias and its version."""
        alias = cursor.identifier("an alias")
        cursor.expect("=")
        wanted = version(cursor)
        if wanted is None:
            raise cursor.error("a version number or an alias was expected")
        return cls(alias, wanted)

    @property
    def sql(self) -> str:
        """Its text."""
        return f"{self.words} {quote(self.alias)} ={version_sql(self.version)}"

    def apply(
        self, spark: SparkSession, models: ModelRegistry, name: str, version: int | str | None
    ) -> None:
        """Let the alias stand for the version."""
        del version
        wanted = bound_version(self.version, spark)
        models.set_alias(name, self.alias, "latest" if wanted is None else wanted)


@dataclass(frozen=True)
class UnsetAlias(Change):
    """``UNSET ALIAS alias``."""

    alias: str
    words = "UNSET ALIAS"

    @classmethod
    def read(cls, cursor: Cursor) -> UnsetAlias:
        """Read the alias."""
        return cls(cursor.identifier("an alias"))

    @property
    def sql(self) -> str:
        """Its text."""
        return f"{self.words} {quote(self.alias)}"

    def apply(
        self, spark: SparkSession, models: ModelRegistry, name: str, version: int | str | None
    ) -> None:
        """Take the alias away."""
        del spark, version
        models.unset_alias(name, self.alias)


@dataclass(frozen=True)
class SetTags(Change):
    """``SET TAGS (tag = 'value', …)``."""

    tags: Mapping[str, str] = field(default_factory=dict)
    words = "SET TAGS"
    of_version = True

    @classmethod
    def read(cls, cursor: Cursor) -> SetTags:
        """Read the tags."""
        return cls(pairs(cursor, "a tag"))

    @property
    def sql(self) -> str:
        """Its text."""
        return f"{self.words} {pairs_sql(self.tags)}"

    def apply(
        self, spark: SparkSession, models: ModelRegistry, name: str, version: int | str | None
    ) -> None:
        """Set the tags."""
        del spark
        models.set_tags(name, self.tags, version)


@dataclass(frozen=True)
class UnsetTags(Change):
    """``UNSET TAGS (tag, …)``."""

    tags: tuple[str, ...]
    words = "UNSET TAGS"
    of_version = True

    @classmethod
    def read(cls, cursor: Cursor) -> UnsetTags:
        """Read the tags."""
        cursor.expect("(")
        tags = [_key(cursor, "a tag")]
        while cursor.accept(","):
            tags.append(_key(cursor, "a tag"))
        cursor.expect(")")
        return cls(tuple(tags))

    @property
    def sql(self) -> str:
        """Its text."""
        return f"{self.words} ({', '.join(map(literal_sql, self.tags))})"

    def apply(
        self, spark: SparkSession, models: ModelRegistry, name: str, version: int | str | None
    ) -> None:
        """Take the tags away."""
        del spark
        models.unset_tags(name, self.tags, version)


@dataclass(frozen=True)
class RenameTo(Change):
    """``RENAME TO name``."""

    to: str
    words = "RENAME TO"

    @classmethod
    def read(cls, cursor: Cursor) -> RenameTo:
        """Read the name."""
        return cls(cursor.model_name())

    @property
    def sql(self) -> str:
        """Its text."""
        return f"{self.words} {quote(self.to)}"

    def apply(
        self, spark: SparkSession, models: ModelRegistry, name: str, version: int | str | None
    ) -> None:
        """Give the model the name."""
        del version
        models.rename(name, qualified(spark, self.to))


@dataclass(frozen=True)
class DropPartition(Change):
    """``DROP PARTITION ('store', …)``."""

    stores: Stores
    words = "DROP PARTITION"

    @classmethod
    def read(cls, cursor: Cursor) -> DropPartition:
        """Read the stores."""
        return cls(stores(cursor))

    @property
    def sql(self) -> str:
        """Its text."""
        return f"DROP {self.stores.sql}"

    def apply(
        self, spark: SparkSession, models: ModelRegistry, name: str, version: int | str | None
    ) -> None:
        """Make a version without the stores."""
        del version
        latest = models.get(name)
        require_federated(latest)
        require_of_releases(latest)
        model = load(spark, latest)
        self.stores.check_column(model.data.inputs.store_col)
        next_version(models, latest, without_stores(model, self.stores.values))


CHANGES: tuple[type[Change], ...] = (
    SetAlias,
    UnsetAlias,
    SetTags,
    UnsetTags,
    RenameTo,
    DropPartition,
)


def change(cursor: Cursor) -> Change:
    """Read a change.

    Raises
    ------
    SqlSyntaxError
        If it is none; the message lists them.
    """
    for class_ in CHANGES:
        if cursor.accept(*class_.words.split()):
            return class_.read(cursor)
    listed = ", ".join(class_.words for class_ in CHANGES)
    raise cursor.error(f"one of {listed} was expected")


def pairs(cursor: Cursor, what: str) -> dict[str, str]:
    """Read ``(key = 'value', …)``; a key is a name, with dots or not, or a string."""
    cursor.expect("(")
    found: dict[str, str] = {}
    while True:
        key = _key(cursor, what)
        if key in found:
            raise cursor.error(f"{key} is given twice")
        cursor.expect("=")
        if cursor.at("NULL"):
            raise cursor.error(f"{key} needs a value, a literal that is not NULL")
        found[key] = str(cursor.literal(f"the value of {key}"))
        if not cursor.accept(","):
            break
    cursor.expect(")")
    return found


def pairs_sql(given: Mapping[str, str]) -> str:
    """Return the text of pairs."""
    return f"({', '.join(f'{literal_sql(k)} = {literal_sql(v)}' for k, v in given.items())})"


def _key(cursor: Cursor, what: str) -> str:
    return str(cursor.literal(what)) if cursor.at_literal() else ".".join(cursor.path(what))
