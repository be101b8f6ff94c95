"""Find the columns of a model in a query: by name, otherwise by position."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.columns.find import Found, find
from sparkfl.columns.names import quote
from sparkfl.columns.values import kind_of
from sparkfl.errors import SchemaError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["Expected", "bind"]

_NAMED = 5

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Expected:
    """A column that a model reads.

    Attributes
    ----------
    name : str
        Its name in the training query; a field of a struct by its dotted path.
    type : str
        Spark SQL's name of its type there, for messages.
    kinds : tuple of str
        Kinds of `sparkfl.columns.kind_of`, or names of types, that may stand for it.
    """

    name: str
    type: str
    kinds: tuple[str, ...]

    def accepts(self, found: Found) -> bool:
        """Tell whether a column may stand for it."""
        name = found.type.simpleString()
        return kind_of(found.type) in self.kinds or name in self.kinds


def bind(df: DataFrame, expected: Sequence[Expected]) -> list[Found]:
    """Find a model's columns in a query.

    Columns go by name. Where no name matches, but the number of columns and their kinds do, they
    go by position, with a warning.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query.
    expected : sequence of Expected
        What the model reads.

    Returns
    -------
    list of Found
        One for each of `expected`.

    Raises
    ------
    SchemaError
        If one is of another type, or they can be matched neither way; it says what was expected
        and what is there.

    Examples
    --------
    >>> df = spark.sql("SELECT 1.5 AS Spend")
    >>> bind(df, [Expected("spend", "double", ("number",))])[0].name
    'Spend'
    """
    sensitive = str(df.sparkSession.conf.get("spark.sql.caseSensitive")).lower() == "true"
    named = [find(df.schema, each.name, sensitive) for each in expected]
    found = [each for each in named if each is not None]
    if len(found) == len(expected):
        _check_types(found, expected)
        return found
    placed = [
        Found(f.name, F.col(quote(f.name)), f.dataType, dict(f.metadata or {})) for f in df.schema
    ]
    if not found and len(placed) == len(expected) and _fit(placed, expected):
        logger.warning(
            "No column of the query has a name of the model's; matched by position: %s.",
            ", ".join(f"{p.name} as {e.name}" for p, e in zip(placed, expected, strict=True)),
        )
        return placed
    wanted = ", ".join(f"{each.name} {each.type}" for each in expected)
    got = ", ".join(f"{each.name} {each.type.simpleString()}" for each in placed) or "no column"
    raise SchemaError(
        f"The query does not have the model's columns. Expected: {wanted}. Got: {got}. "
        "Select the expected names, or columns of the same types in the same order."
    )


def _check_types(found: Sequence[Found], expected: Sequence[Expected]) -> None:
    """Refuse columns that cannot stand for those of their names."""
    wrong = [
        f"{f.name!r} is {f.type.simpleString()}; the model was trained with {each.type}"
        for f, each in zip(found, expected, strict=True)
        if not each.accepts(f)
    ]
    if wrong:
        raise SchemaError(
            f"Column {', '.join(wrong[:_NAMED])}{', …' if len(wrong) > _NAMED else ''}. Cast "
            f"{'it' if len(wrong) == 1 else 'them'}."
        )


def _fit(found: Sequence[Found], expected: Sequence[Expected]) -> bool:
    """Tell whether each column may stand for what is expected in its place."""
    return all(each.accepts(f) for f, each in zip(found, expected, strict=True))
