"""A table of entities: which there are, and what is said of them whatever the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from sparkfl.columns import INTERNAL, expressions, quote, resolve_all
from sparkfl.errors import SchemaError
from sparkfl.features.views.relation import read_relation, relation_name
from sparkfl.features.views.row_wise import types_of, why_unread

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

__all__ = ["Entities"]

_KEY, _OWN = INTERNAL + "entity_", INTERNAL + "attributes"


@dataclass(frozen=True, eq=False)
class Entities:
    """A table with a row an entity.

    The view has a row for each of them, whether a feature sees an event of it or not. Columns may
    be of any type. They have no time: what they say now is said of labels of before, too.

    Parameters
    ----------
    table : pyspark.sql.DataFrame or str
        The entities, or the name or path of their table.
    columns : mapping of str to str, optional
        What else the view has of them: expressions of SQL by name.
    keys : mapping of str to str, optional
        Columns of the entity that have another name here, by their name in the view.
    name : str, optional
        What messages call it; by default the name of the table.
    query : str, optional
        The entities as a query of SQL, in place of `table`, which is ``""`` then.

    Raises
    ------
    ParameterError
        If it is neither a table nor a query.

    Examples
    --------
    >>> people = Entities("shop.profiles", {"age": "age", "young": "age < 30"})
    >>> people.name, list(people.columns)
    ('shop.profiles', ['age', 'young'])
    """

    table: DataFrame | str
    columns: Mapping[str, str] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    query: str | None = None

    def __post_init__(self) -> None:
        named = relation_name("The table of entities", self.table, self.query, self.name)
        for what in ("columns", "keys"):
            expressions(f"{what} of {named}", getattr(self, what))
        object.__setattr__(self, "name", named)

    def frame(
        self, spark: SparkSession, keys: Sequence[str], metadata: dict[str, object]
    ) -> DataFrame:
        """Give a row an entity: its keys, and the columns."""
        rows = self._rows(spark, keys)
        own = [sf.col(f"{_KEY}{i}").alias(key) for i, key in enumerate(keys)]
        return rows.select(*own, *self._told(metadata))

    def beside(
        self, asked: DataFrame, keys: Sequence[str], metadata: dict[str, object]
    ) -> DataFrame:
        """Add the columns to a frame with the keys; NULL where there is no such entity."""
        if not self.columns:
            return asked
        found = resolve_all(asked, keys, "The frame that asks")
        same = [column.column == sf.col(f"{_KEY}{i}") for i, column in enumerate(found)]
        rows = self._rows(asked.sparkSession, keys)
        joined = asked.join(rows, reduce(Column.__and__, same), "left")
        return joined.select(*map(quote, asked.columns), *self._told(metadata))

    def _told(self, metadata: dict[str, object]) -> list[Column]:
        """Take the columns out of their struct."""
        return [sf.col(_OWN).getField(name).alias(name, metadata=metadata) for name in self.columns]

    def _rows(self, spark: SparkSession, keys: Sequence[str]) -> DataFrame:
        """Give the keys, and a struct of the columns; fail where an entity has two rows."""
        frame = read_relation(spark, self.table, self.query, f"The table of entities {self.name}")
        names = [self.keys.get(key, key) for key in keys]
        found = resolve_all(frame, names, f"The table of entities {self.name}")
        own = [self._read(frame, name, text) for name, text in self.columns.items()]
        whole = sf.struct(*(own or [sf.lit(True).alias(_OWN)])).alias(_OWN)
        rows = frame.select(*(c.column.alias(f"{_KEY}{i}") for i, c in enumerate(found)), whole)
        for i in range(len(keys)):
            rows = rows.where(sf.col(f"{_KEY}{i}").isNotNull())
        twice = sf.raise_error(
            sf.lit(
                f"The table of entities {self.name} of a feature view has two rows of one entity. "
                "Leave one out, or aggregate them as a source."
            )
        )
        one = sf.when(sf.count(sf.lit(1)) == 1, sf.any_value(_OWN)).otherwise(twice)
        return rows.groupBy(*(f"{_KEY}{i}" for i in range(len(keys)))).agg(one.alias(_OWN))

    def _read(self, frame: DataFrame, name: str, text: str) -> Column:
        """Read an expression; say which cannot be."""
        column = sf.expr(text).alias(name)
        try:
            types_of(frame, [column])
        except (AnalysisException, ParseException) as error:
            raise SchemaError(
                f"The column {name} of the table of entities {self.name} cannot be read from "
                f"{text!r}: {why_unread(error)} Its columns: {', '.join(frame.columns)}."
            ) from error
        return column
