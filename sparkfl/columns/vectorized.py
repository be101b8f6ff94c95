"""Functions of Arrow arrays as columns."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

import pandas as pd
import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.pandas import functions as pandas_functions
from pyspark.sql.pandas.types import to_arrow_type
from pyspark.sql.types import DataType

if TYPE_CHECKING:
    from pyspark.sql import Column

__all__ = ["vectorized"]


def vectorized(function: Callable[..., Any], returns: str) -> Callable[..., Column]:
    """Return what makes a column of columns, batch by batch.

    Parameters
    ----------
    function : callable
        Takes a `pyarrow.Array` for each column and gives one. In Spark 4.0, which hands over
        pandas' series, NaN in them is NULL.
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
    own = getattr(pandas_functions, "arrow_udf", None)
    if own is None:
        return _by_series(function, returns)
    # pyspark's stub knows the decorator's forms only.
    return cast("Callable[..., Column]", cast("Any", own)(function, returns))


def _by_series(function: Callable[..., Any], returns: str) -> Callable[..., Column]:
    """Do the same by pandas' series.

    Columns are handed over in arrays of one element, in which an integer stays one beside NULL;
    what is returned is Arrow's within pandas, which Spark takes as it is.

    Examples
    --------
    >>> rows = spark.sql("VALUES (1, array(1D)), (NULL, array(double('nan'))) AS t(a, b)").coalesce(
    ...     1
    ... )
    >>> def told(a, b):
    ...     shown = pa.array([f"it is {value}" for value in a.to_pylist()])
    ...     return pa.StructArray.from_arrays([a, b, shown], ["a", "b", "shown"])
    >>> both = _by_series(told, "struct<a: int, b: array<double>, shown: string>")
    >>> for row in rows.select(both(F.col("a"), F.col("b")).alias("x")).select("x.*").collect():
    ...     print(tuple(row))
    (1, [1.0], 'it is 1')
    (None, [None], 'it is None')
    """
    type_ = to_arrow_type(DataType.fromDDL(returns))

    # By the types Spark tells a function of rows from one of groups; a struct's is a DataFrame.
    def of_series(*series: pd.Series) -> pd.Series:
        told: pd.Series = _framed(function(*map(_array, series)).cast(type_))
        return told

    called = cast("Any", pandas_functions.pandas_udf)(of_series, returns)
    return lambda *columns: cast("Column", called(*(F.array(column) for column in columns)))


def _array(series: pd.Series) -> pa.Array:
    """Return what is in arrays of one element."""
    return pa.array([row[0] for row in series], from_pandas=True)


def _framed(array: pa.Array) -> Any:
    """Put an array into pandas, the fields of a struct into columns."""
    if pa.types.is_struct(array.type):
        columns = zip(array.type, array.flatten(), strict=True)
        return pd.DataFrame({field.name: _framed(column) for field, column in columns})
    return pd.Series(pd.arrays.ArrowExtensionArray(array))
