"""The robust scaling in SQL, and the moments that stores tell of its first half."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F
from pyspark.sql.pandas.types import from_arrow_schema

from sparkfl.execution.entities import with_sizes
from sparkfl.execution.extension import has_extension
from sparkfl.execution.feature_moments import feature_moments, told_moments
from sparkfl.execution.numbers import INLINE, Numbers, mapped, number_sql
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.moments import Moments
from sparkfl.statistics.scaling import LARGEST_Z, Scaling

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["asinh_moments", "scaled_sql", "told_asinh"]

_VECTOR = pa.list_(pa.float64())
_TOLD = pa.schema({"n": pa.list_(pa.int64()), "mean": _VECTOR, "ss": _VECTOR})


def scaled_sql(features: str, scaling: Numbers, d: int, robust: bool) -> str:
    """Write the array of scaled features: `Scaling.transform`.

    Parameters
    ----------
    features : str
        Text of an array of d doubles.
    scaling : Numbers
        d means, then d factors, and if it is robust then d of each again.
    d : int
        Number of features.
    robust : bool
        Whether asinh of the z-scores is scaled again.

    Examples
    --------
    >>> scaled_sql("x", Numbers(np.array([1.0, 0.5])), 1, robust=False)
    'array((get(x, 0) - (1.0D)) * (0.5D))'
    """
    first, second = scaling.part(0, 2 * d), scaling.part(2 * d, 2 * d)
    if d <= INLINE:

        def one(i: int | str) -> str:
            z = _linear_sql(f"get({features}, {i})", first, d, i)
            return _linear_sql(_asinh_sql(f"({z})"), second, d, i) if robust else z

        return mapped(d, one)
    # Not by places in a lambda: whoever looks up one place would compute all of them.
    scaled = f"transform({features}, (x, i) -> {_linear_sql('x', first, d, 'i')})"
    if not robust:
        return scaled
    return f"transform({scaled}, (z, i) -> {_linear_sql(_asinh_sql('z'), second, d, 'i')})"


def _linear_sql(x: str, scaling: Numbers, d: int, i: int | str) -> str:
    """Write a number scaled by the means and factors of one place."""
    mean, factor = scaling.part(0, d), scaling.part(d, d)
    return f"({x} - {mean.at(i)}) * {factor.at(i)}"


def _asinh_sql(z: str) -> str:
    """Write asinh of a number; of its size, as Spark's own loses what is far below 0."""
    return f"signum({z}) * asinh(least(abs({z}), {number_sql(LARGEST_Z)}))"


def asinh_moments(
    rows: DataFrame, features: int, standard: Scaling, rules: Rules
) -> Moments | None:
    """Pool what stores tell of asinh(z), see `told_asinh`.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        Rows of all stores: `store` and `features`, an array of finite doubles, NULL in a row that
        is not valid.
    features : int
        Length of the arrays.
    standard : Scaling
        The z-scores.
    rules : Rules
        What is asked of what a store tells.

    Returns
    -------
    Moments or None
        Of all stores together; None if no store may tell anything.

    Examples
    --------
    >>> rows = spark.range(40).selectExpr("id % 2 AS store", "array(double(id)) AS features")
    >>> standard = Scaling(np.array([19.5]), np.array([11.7]))
    >>> asinh_moments(rows, 1, standard, Rules(10)).n.tolist()
    [[40]]
    """
    told = told_asinh(rows, features, standard, rules)
    return None if told is None else told.total()


def told_asinh(rows: DataFrame, features: int, standard: Scaling, rules: Rules) -> Moments | None:
    """Return what stores tell of asinh(z), in one job: the second pass of a robust scaling.

    Parameters
    ----------
    rows, features, standard, rules
        As of `asinh_moments`.

    Returns
    -------
    Moments or None
        Of each store that tells something, in no order; None if no store may.
    """
    hash_ = F.xxhash64("features")
    counted = {
        "rows": F.count(F.lit(1)),
        "equal": F.min(hash_) == F.max(hash_),
        **feature_moments(
            _asinh(rows.sparkSession, standard, features), features, rules.dominance < 1
        ),
    }
    named = rows.where(F.col("features").isNotNull() & F.col("store").isNotNull())
    stores = named.groupBy("store").agg(*(c.alias(name) for name, c in counted.items()))
    stores = with_sizes(stores, named, ["store"])

    def gate(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            told = told_moments(batch, features, rules)
            # Of a feature that one customer dominates nothing is told, and of the others all.
            may = (told.n > 0).any(axis=1) if rules.dominance < 1 else (told.n > 0).all(axis=1)
            kept = (list(values[may]) for values in (told.n, told.mean, told.ss))
            yield pa.RecordBatch.from_arrays(list(map(pa.array, kept, _TOLD.types)), schema=_TOLD)

    told = stores.drop("store").mapInArrow(gate, from_arrow_schema(_TOLD)).toArrow()
    if not len(told):
        return None
    n, mean, ss = (np.array(told[name].to_pylist()) for name in ("n", "mean", "ss"))
    return Moments(n, mean, ss)


def _asinh(spark: SparkSession, standard: Scaling, d: int) -> Column:
    """Column of asinh of the z-scores of the column `features`."""
    again = Scaling.identity(d)
    parts = standard.mean, standard.factor, again.mean, again.factor
    given = Numbers(np.concatenate(parts))
    if has_extension(spark):
        return F.call_function("sparkfl_scaled", F.expr(given.sql), F.col("features"))
    return F.expr(scaled_sql("features", given, d, robust=True))
