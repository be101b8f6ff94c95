"""Find the column of a query that an option names."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from sparkfl.columns import Found, resolve
from sparkfl.errors import SchemaError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame
    from pyspark.sql.types import DataType

__all__ = ["named_column"]


def named_column(
    df: DataFrame, name: str, key: str, takes: Callable[[DataType], bool], says: str
) -> Found:
    """Find the column that an option names.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query.
    name : str
        The column.
    key : str
        What the user called the option.
    takes : callable
        Tells whether a column of a type will do.
    says : str
        What it must be, to end "…; it must be".

    Raises
    ------
    SchemaError
        If it is not there, or of another type.
    """
    found = resolve(df, name, f"{key} = {name!r}: the query")
    if not takes(found.type):
        raise SchemaError(
            f"{key} = {name!r} is {found.type.simpleString()}; it must be {says}. Cast it in the "
            "query, or name another column."
        )
    return found
