"""Functions of Arrow arrays as columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from pyspark.sql.pandas.functions import arrow_udf

if TYPE_CHECKING:
    from pyspark.sql import Column

__all__ = ["vectorized"]


def vectorized(function: Callable[..., Any], returns: str) -> Callable[..., Column]:
    """Return what makes a column of columns, batch by batch.

    Parameters
    ----------
    function : callable
        Takes a `pyarrow.Array` for each column and gives one.
    returns : str
        Its type, as Spark SQL writes it.

    Examples
    --------
    >>> import pyarrow.compute as pc
    >>> from pyspark.sql import functions as F
    >>> twice = vectorized(lambda n: pc.add(n, n), "bigint")
    >>> [row.n for row in spark.range(3).select(twice(F.col("id")).alias("n")).collect()]
    [0, 2, 4]
    """
    # pyspark's stub knows the decorator's forms only.
    return cast("Callable[..., Column]", cast("Any", arrow_udf)(function, returns))
