"""``DROP thing [IF EXISTS] name``: what statements of that kind have in common."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from sparkfl.columns import quote
from sparkfl.errors import SparkflError
from sparkfl.sqlext.grammar import Cursor
from sparkfl.sqlext.statements.statement import NOTHING, Row, Statement

__all__ = ["Drop"]


@dataclass(frozen=True)
class Drop(Statement):
    """Drop a thing that has a name.

    Attributes
    ----------
    thing : str
        What is dropped, as the statement says it.
    absent : type of SparkflError
        The error where there is none, which IF EXISTS leaves out.
    name : str
        Its name.
    if_exists : bool
        Whether it need not be there.
    """

    thing: ClassVar[str]
    absent: ClassVar[type[SparkflError]]
    name: str
    if_exists: bool

    @classmethod
    def parse(cls, cursor: Cursor) -> Self:
        """Read the statement from its first word."""
        cursor.expect("DROP")
        cls.at_thing(cursor)
        if_exists = cursor.accept("IF", "EXISTS")
        statement = cls(cursor.model_name(cls.thing.lower()), if_exists)
        cursor.end()
        return statement

    @classmethod
    def at_thing(cls, cursor: Cursor) -> None:
        """Step over the words for what is dropped."""
        cursor.expect(*cls.thing.split())

    @property
    def sql(self) -> str:
        """A text that `parse` reads as this statement."""
        return f"DROP {self.thing} {'IF EXISTS ' * self.if_exists}{quote(self.name)}"

    @property
    def schema(self) -> StructType:
        """No columns."""
        return NOTHING

    @abstractmethod
    def drop(self, spark: SparkSession) -> None:
        """Drop it, or raise `absent`."""

    def run(self, spark: SparkSession) -> list[Row]:
        """Drop; with IF EXISTS, what is not there is no error."""
        try:
            self.drop(spark)
        except self.absent:
            if not self.if_exists:
                raise
        return []
