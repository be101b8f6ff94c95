"""Z-scores within each store, or over a federation that shares only what passes the gate."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf

from sparkfl.columns import (
    Found,
    check_taken,
    finite,
    require_numbers,
    resolve,
    resolve_all,
    signed_log1p,
)
from sparkfl.errors import ParameterError
from sparkfl.execution.moments import shared_scaling
from sparkfl.features.customer import FEATURES
from sparkfl.privacy.screen import SMALLEST_MINIMUM
from sparkfl.remote import ship

__all__ = ["standardize"]

_PREFIX = "standardized_"
_WHAT = "The frame of features"
_EPS = float(np.finfo(np.float64).eps)


def standardize(
    features: DataFrame,
    by: str = "store",
    inputCols: Sequence[str] = FEATURES,
    storeCol: str = "store_id",
    log1p: Sequence[str] = (),
    minClusterSize: int = 10,
) -> DataFrame:
    """Scale features to mean 0 and sample standard deviation 1.

    ``by='store'`` takes each store's own mean and deviation. ``by='federation'`` takes the pooled
    ones; centres of different stores are then comparable. They are made of each store's count,
    mean and sum of squares, which leave its worker only if they pass the gate of
    :func:`sparkfl.privacy.moments.release_moments`: nothing is told of fewer than `minClusterSize`
    customers, nor of a store whose customers are all equal. Such stores are scaled like the others,
    by what the others tell.

    A feature without variation, up to rounding errors, scales to 0, and a value that is NULL, NaN
    or infinite to NULL without touching the others. The result is a plan: nothing runs before it
    is asked for.

    Parameters
    ----------
    features : pyspark.sql.DataFrame
        One row a customer and store.
    by : {'store', 'federation'}, default 'store'
        Whose mean and deviation to scale with.
    inputCols : sequence of str, default :data:`FEATURES`
        Numeric columns to scale; a field of a struct by its dotted path.
    storeCol : str, default 'store_id'
        Column of the store.
    log1p : sequence of str, default ()
        The input columns to take as sign(x)·log(1 + abs(x)) first; tames heavy tails, and is
        ``log1p`` for the values from 0 that it is meant for.
    minClusterSize : int, default 10
        Smallest number of rows, each taken for a customer, that a store may tell anything of, at
        least 3. Plays no part with ``by='store'``, where nothing is told.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns of `features`, and ``standardized_<column>`` for each input column.

    Raises
    ------
    ParameterError
        If `by` is unknown, `inputCols` is empty or has a column twice, `log1p` is no subset of
        `inputCols`, or `minClusterSize` is below 3.
    SchemaError
        If a column is missing, not numeric, or named like an output.

    Notes
    -----
    When the result is read, Spark raises ``USER_RAISED_EXCEPTION`` for a feature of which no store
    may tell: there is nothing to scale it by.

    Examples
    --------
    >>> features = spark.createDataFrame(
    ...     [("a", 1.0), ("a", 3.0), ("b", 7.0)], "store_id string, x double"
    ... )
    >>> standardize(features, inputCols=["x"]).orderBy("x").show()
    +--------+---+-------------------+
    |store_id|  x|     standardized_x|
    +--------+---+-------------------+
    |       a|1.0|-0.7071067811865475|
    |       a|3.0| 0.7071067811865475|
    |       b|7.0|                0.0|
    +--------+---+-------------------+
    """
    _check(by, inputCols, log1p, minClusterSize)
    store = resolve(features, storeCol, _WHAT)
    found = _inputs(features, inputCols)
    logged = _logged(features, log1p, found)
    names = [column.name for column in found]
    check_taken(features.columns, [_PREFIX + name for name in names])
    values, moments, scores = (_unused(features, name) for name in ("values", "moments", "scores"))
    # Features travel as one array: planning time is exponential in aliases of single features.
    x = sf.array(*(_value(column, column.name in logged) for column in found))
    rows = features.select("*", x.alias(values))
    if by == "store":
        own = _own_moments(sf.col(values), len(found), store.column)
        located = rows.select("*", own.alias(moments))
    else:
        ship(features.sparkSession)
        shared = shared_scaling(rows, store.column, sf.col(values), len(found), minClusterSize)
        packed = shared.select(sf.struct("mean", "std"))
        located = rows.select("*", packed.scalar().alias(moments))
    score = _scores(sf.col(values), sf.col(moments), names, minClusterSize)
    fields = (sf.get(scores, sf.lit(i)).alias(_PREFIX + n) for i, n in enumerate(names))
    scaled = located.select("*", score.alias(scores))
    return scaled.select("*", sf.inline(sf.array(sf.struct(*fields)))).drop(values, moments, scores)


def _own_moments(values: Column, features: int, store: Column) -> Column:
    """Take mean and deviation over each row's own store, by the rule of `Scaling.of_moments`."""
    own = Window.partitionBy(store)
    mean, std = [], []
    for i in range(features):
        x = sf.get(values, sf.lit(i))
        n, m, s = (f(x).over(own) for f in (sf.count, sf.avg, sf.stddev_samp))
        varies = (s > n * sf.abs(m) * _EPS) & (s < float("inf"))
        mean.append(m)
        std.append(sf.when(varies, s).otherwise(0.0))
    return sf.struct(sf.array(*mean).alias("mean"), sf.array(*std).alias("std"))


def _scores(values: Column, moments: Column, names: Sequence[str], minimum: int) -> Column:
    """Z-scores of an array of features; an error for a value that nothing can be scaled by."""

    def score(x: Column, i: Column) -> Column:
        mean, std = sf.get(moments["mean"], i), sf.get(moments["std"], i)
        name = sf.get(sf.array(*map(sf.lit, names)), i)
        unknown = sf.raise_error(
            sf.concat(
                sf.lit("No store may tell its mean of '"),
                name,
                sf.lit(
                    f"': all have fewer than {minimum} values of it, equal customers or values "
                    "whose squares overflow. Lower minClusterSize, or standardize by='store'."
                ),
            )
        )
        z = sf.when(std > 0, (x - mean) / std).otherwise(0.0)
        # NULL where no row has a store: there are no moments at all then.
        none = std.isNull() | sf.isnan(std)
        return sf.when(x.isNotNull(), sf.when(none, unknown).otherwise(z))

    return sf.transform(values, score)


def _value(found: Found, log1p: bool) -> Column:
    """Input as a double, NULL unless finite."""
    x = found.column.cast("double")
    return finite(signed_log1p(x) if log1p else x)


def _unused(features: DataFrame, name: str) -> str:
    """Name that no column of the frame has, in any case."""
    there = {column.lower() for column in features.columns}
    while name in there:
        name += "_"
    return name


def _check(by: str, inputCols: Sequence[str], log1p: Sequence[str], minClusterSize: int) -> None:
    """Refuse arguments that mean nothing."""
    if by not in ("store", "federation"):
        raise ParameterError(f"Unknown by {by!r}; choose 'store' or 'federation'.")
    for argument, names in (("inputCols", inputCols), ("log1p", log1p)):
        if isinstance(names, str) or not all(isinstance(name, str) for name in names):
            raise ParameterError(f"{argument} is {names!r}; give a list of names of columns.")
    if not inputCols:
        raise ParameterError(f"inputCols is {inputCols!r}; give the names of columns to scale.")
    if type(minClusterSize) is not int or minClusterSize < SMALLEST_MINIMUM:
        raise ParameterError(
            f"minClusterSize is {minClusterSize!r}; give an integer of at least {SMALLEST_MINIMUM}."
        )


def _inputs(features: DataFrame, inputCols: Sequence[str]) -> list[Found]:
    """Find the columns to scale."""
    found = resolve_all(features, inputCols, _WHAT)
    require_numbers(found)
    names = [column.name for column in found]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise ParameterError(f"inputCols has {twice} twice; give each column once.")
    return found


def _logged(features: DataFrame, log1p: Sequence[str], found: Sequence[Found]) -> set[str]:
    """Find the columns to take the logarithm of."""
    names = [column.name for column in found]
    logged = {column.name for column in resolve_all(features, log1p, _WHAT)}
    stray = sorted(logged.difference(names))
    if stray:
        raise ParameterError(f"log1p has {stray}, not among inputCols {names}.")
    return logged
