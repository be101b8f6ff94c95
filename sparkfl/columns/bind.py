"""The columns a model was trained on, and finding them again in another query."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pyspark.sql.types import DataType, NullType

from sparkfl.columns.find import Found, case_sensitive, find
from sparkfl.columns.values import kind_of
from sparkfl.errors import SchemaError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["InputColumn", "bind"]

_INTEGERS = ("tinyint", "smallint", "int", "bigint")

_NAMED = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class InputColumn:
    """A column, or a field of a struct, that a model reads.

    Attributes
    ----------
    path : tuple of str
        Its name as its query spelled it, and those of the fields below it.
    type : str
        Spark SQL's name of its type.
    kind : str
        Its kind, see `kind_of`, or its type if it has none. An integer type stands for any
        other, and for nothing else.
    """

    path: tuple[str, ...]
    type: str
    kind: str

    @classmethod
    def of(cls, found: Found) -> InputColumn:
        """Return what is to be remembered of a column."""
        name = found.type.simpleString()
        return cls(found.path, name, kind_of(found.type) or name)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> InputColumn:
        """Return what `dataclasses.asdict` gave, by way of JSON."""
        return cls(tuple(value["path"]), value["type"], value["kind"])

    @property
    def name(self) -> str:
        """Its path with dots."""
        return ".".join(self.path)


def bind(df: DataFrame, expected: Sequence[InputColumn]) -> list[Found]:
    """Find a model's input columns in a query.

    Columns go by name, fields of structs by their path or by a column named like the path. Where
    no name matches, but the number of columns and their kinds do, they go by position, with a
    warning.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query.
    expected : sequence of InputColumn
        What the model reads.

    Returns
    -------
    list of Found
        One for each of `expected`.

    Raises
    ------
    SchemaError
        If one is of another kind, or they can be matched neither way; it says what was expected
        and what is there.

    Examples
    --------
    >>> df = spark.sql("SELECT 1 AS Spend, named_struct('orders', 2) AS rfm")
    >>> expected = [InputColumn(("spend",), "int", "number")]
    >>> [found.name for found in bind(df, expected)]
    ['Spend']
    """
    sensitive = case_sensitive(df)
    by_name = [
        find(df.schema, e.path, sensitive) or find(df.schema, [e.name], sensitive) for e in expected
    ]
    there = [found for found in by_name if found is not None]
    if len(there) == len(expected):
        _check_apart(there, expected)
        _check_kinds(there, expected)
        return there
    placed = [find(df.schema, [name], True) for name in df.columns] if not there else []
    found = [each for each in placed if each is not None]
    same = all(_same(e.kind, f.type) for e, f in zip(expected, found, strict=False))
    if same and len(found) == len(expected):
        logger.warning(
            "No column of the query has a name of the model's; matched by position: %s.",
            ", ".join(f"{f.name} as {e.name}" for f, e in zip(found, expected, strict=True)),
        )
        return found
    wanted = ", ".join(f"{e.name} {e.type}" for e in expected)
    got = ", ".join(f"{f.name} {f.dataType.simpleString()}" for f in df.schema) or "no column"
    raise SchemaError(
        f"The query does not have the model's columns. Expected: {wanted}. Got: {got}. "
        "Select the expected names, or columns of the same types in the same order."
    )


def _check_apart(found: Sequence[Found], expected: Sequence[InputColumn]) -> None:
    """Refuse one column for two whose names differ by case only."""
    taken: dict[tuple[str, ...], InputColumn] = {}
    for f, e in zip(found, expected, strict=True):
        other = taken.setdefault(f.path, e)
        if other is not e:
            raise SchemaError(
                f"The model reads {other.name!r} and {e.name!r}, and this session does not tell "
                "them apart: SET spark.sql.caseSensitive = true."
            )


def _check_kinds(found: Sequence[Found], expected: Sequence[InputColumn]) -> None:
    """Refuse columns that cannot be read as those of their names were."""
    wrong = [
        f"{f.name!r} is {f.type.simpleString()}; the model was trained with {e.type}"
        for f, e in zip(found, expected, strict=True)
        if not _reads(e.kind, f.type)
    ]
    if wrong:
        raise SchemaError(
            f"Column {', '.join(wrong[:_NAMED])}{', …' if len(wrong) > _NAMED else ''}. Cast "
            f"{'it' if len(wrong) == 1 else 'them'}."
        )


def _same(kind: str, data_type: DataType) -> bool:
    """Tell whether a column of the type is of a kind; a boolean is as good as a number."""
    if kind in _INTEGERS:
        return data_type.simpleString() in _INTEGERS
    found = kind_of(data_type) or data_type.simpleString()
    return isinstance(data_type, NullType) or _plain(found) == _plain(kind)


def _reads(kind: str, data_type: DataType) -> bool:
    """Tell whether a column of the type can be read as a kind; a number as a string, too."""
    return _same(kind, data_type) or (kind == "string" and _same("number", data_type))


def _plain(kind: str) -> str:
    return "number" if kind == "boolean" else kind
