"""What the statements that list have in common: columns, and patterns of names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Protocol, Self, TypeVar

from pyspark.sql.types import IntegerType, StringType, StructField, StructType, TimestampType

from sparkfl.registry import ModelVersion
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.literals import literal_sql
from sparkfl.sqlext.statements.statement import Row, Statement

__all__ = [
    "MODELS",
    "Listing",
    "Named",
    "like_sql",
    "listed",
    "named_like",
    "pattern",
    "pattern_of",
]

T = TypeVar("T", bound="Named")


class Named(Protocol):
    """What has a name, with a schema or without."""

    @property
    def name(self) -> str:
        """The name."""


MODELS = StructType(
    [
        StructField("model_id", StringType()),
        StructField("model_name", StringType()),
        StructField("version", IntegerType()),
        StructField("source", StringType()),
        StructField("type", StringType()),
        StructField("options", StringType()),
        StructField("transform", StringType()),
        StructField("fields", StringType()),
        StructField("created", TimestampType()),
        StructField("updated", TimestampType()),
        StructField("created_by", StringType()),
    ]
)
"""A row a version; `options` is a JSON object, `fields` a JSON array of names and types."""


@dataclass(frozen=True)
class Listing(Statement):
    """``SHOW things [[LIKE] 'pattern']``.

    Attributes
    ----------
    things : str
        What is listed, as the statement says it.
    pattern : str, optional
        What names have to be like.
    """

    things: ClassVar[str]
    pattern: str | None = None

    @classmethod
    def parse(cls, cursor: Cursor) -> Self:
        """Read the statement from its first word."""
        cursor.expect("SHOW")
        cls.at_things(cursor)
        statement = cls(pattern(cursor))
        cursor.end()
        return statement

    @classmethod
    def at_things(cls, cursor: Cursor) -> None:
        """Step over the words for what is listed."""
        cursor.expect(*cls.things.split())

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"SHOW {self.things}{like_sql(self.pattern)}"


def listed(v: ModelVersion) -> Row:
    """Return the row of `MODELS` for a version."""
    fields = json.dumps([{"name": name, "type": type_} for name, type_ in v.fields])
    options = json.dumps(v.options, sort_keys=True)
    shown = (v.model_id, v.name, v.version, v.source, v.model_type, options, v.transform, fields)
    return (*shown, v.created, v.updated, v.created_by)


def pattern(cursor: Cursor) -> str | None:
    """Read ``[[LIKE] 'pattern']``."""
    if cursor.accept("LIKE") or cursor.at_literal():
        return str(cursor.literal("a pattern"))
    return None


def like_sql(pattern: str | None) -> str:
    """Write what `pattern` reads."""
    return "" if pattern is None else f" LIKE {literal_sql(pattern)}"


def named_like(found: Iterable[T], pattern: str | None) -> list[T]:
    """Leave those whose name, or its last part, a pattern means; all without one."""
    if pattern is None:
        return list(found)
    wanted = pattern_of(pattern)
    return [
        each
        for each in found
        if wanted.fullmatch(each.name) or wanted.fullmatch(each.name.rpartition(".")[2])
    ]


def pattern_of(pattern: str) -> re.Pattern[str]:
    """Return what a pattern of SHOW means.

    Examples
    --------
    >>> bool(pattern_of("churn*|fraud").fullmatch("Churn_3"))
    True
    """
    parts = [re.sub(r"[*%]", "\0", part) for part in pattern.split("|")]
    return re.compile("|".join(re.escape(p).replace("\0", ".*") for p in parts), re.IGNORECASE)
