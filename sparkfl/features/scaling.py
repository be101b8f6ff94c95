"""Z-scores within each store, or over a federation that shares only sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as sf
from pyspark.sql.types import NumericType

from sparkfl.errors import ParameterError, SchemaError
from sparkfl.features.customer import FEATURES

__all__ = ["standardize"]

_PREFIX = "standardized_"
_MOMENTS = "sparkfl_moments_of_"


def standardize(
    features: DataFrame,
    by: str = "store",
    inputCols: Sequence[str] = FEATURES,
    storeCol: str = "store_id",
    log1p: Sequence[str] = (),
) -> DataFrame:
    """Scale features to mean 0 and sample standard deviation 1.

    ``by='store'`` takes each store's own mean and deviation. ``by='federation'`` takes the pooled
    ones, which are obtained from each store's count, mean and sum of squared deviations alone and
    merged pairwise [1]_; centres of different stores are then comparable. A feature without
    variation (one customer, or all equal) scales to 0, and a value that is NULL, NaN or infinite
    to NULL without touching the others.

    Parameters
    ----------
    features : pyspark.sql.DataFrame
        One row a customer and store.
    by : {'store', 'federation'}, default 'store'
        Whose mean and deviation to scale with.
    inputCols : sequence of str, default :data:`FEATURES`
        Numeric columns to scale.
    storeCol : str, default 'store_id'
        Column of the store.
    log1p : sequence of str, default ()
        The input columns to take as sign(x)·log(1 + abs(x)) first; tames heavy tails, and is
        ``log1p`` for the values from 0 that it is meant for.

    Returns
    -------
    pyspark.sql.DataFrame
        The columns of `features`, and ``standardized_<column>`` for each input column.

    Raises
    ------
    ParameterError
        If `by` is unknown, `inputCols` is empty, or `log1p` is no subset of `inputCols`.
    SchemaError
        If a column is missing, not numeric, or named like an output.

    References
    ----------
    .. [1] T. sf. Chan, G. H. Golub, R. J. LeVeque (1983), "Algorithms for computing the sample
       variance: analysis and recommendations", The American Statistician 37(3), 242-247.

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
    if by not in ("store", "federation"):
        raise ParameterError(f"Unknown by {by!r}; choose 'store' or 'federation'.")
    _check(features, inputCols, storeCol, log1p)
    values = {name: _value(name, name in log1p) for name in inputCols}
    if by == "store":
        located = _with_store_moments(features, values, storeCol)
    else:
        located = _with_pooled_moments(features, values, storeCol)
    kept = [_column(name) for name in features.columns]
    scores = [_score(x, name).alias(_PREFIX + name) for name, x in values.items()]
    return located.select(*kept, *scores)


def _with_store_moments(
    features: DataFrame, values: Mapping[str, Column], storeCol: str
) -> DataFrame:
    """Give every row the moments of its own store, in one window."""
    store = Window.partitionBy(_column(storeCol))
    return features.withColumns(
        {
            _MOMENTS + name: sf.struct(
                sf.avg(x).over(store).alias("mean"),
                sf.stddev_samp(x).over(store).alias("deviation"),
                (sf.min(x).over(store) < sf.max(x).over(store)).alias("varies"),
            )
            for name, x in values.items()
        }
    )


def _with_pooled_moments(
    features: DataFrame, values: Mapping[str, Column], storeCol: str
) -> DataFrame:
    """Give every row the federation's moments, merged from those of the stores."""
    stores = features.groupBy(_column(storeCol)).agg(
        *(_moments(x).alias(_MOMENTS + name) for name, x in values.items())
    )
    pooled = stores.agg(
        *(_merged(_column(_MOMENTS + name)).alias(_MOMENTS + name) for name in values)
    )
    described = pooled.select(
        *(_described(_column(_MOMENTS + name)).alias(_MOMENTS + name) for name in values)
    )
    return features.crossJoin(sf.broadcast(described))


def _moments(x: Column) -> Column:
    """Tell a store's n, mean, sum of squared deviations and extremes of a feature."""
    n = sf.count(x).cast("double")
    told = sf.struct(
        n.alias("n"),
        sf.avg(x).alias("mean"),
        (sf.var_pop(x) * n).alias("m2"),
        sf.min(x).alias("low"),
        sf.max(x).alias("high"),
    )
    return sf.when(n > 0, told)


def _merged(moments: Column) -> Column:
    """Merge the stores' moments in a fixed order, by the pairwise update of Chan et al."""
    nothing = sf.struct(
        *(sf.lit(0.0).alias(part) for part in ("n", "mean", "m2")),
        sf.lit(float("inf")).alias("low"),
        sf.lit(float("-inf")).alias("high"),
    )

    def merge(a: Column, b: Column) -> Column:
        n = a["n"] + b["n"]
        gap = b["mean"] - a["mean"]
        return sf.struct(
            n.alias("n"),
            (a["mean"] + gap * b["n"] / n).alias("mean"),
            (a["m2"] + b["m2"] + gap * gap * a["n"] * b["n"] / n).alias("m2"),
            sf.least(a["low"], b["low"]).alias("low"),
            sf.greatest(a["high"], b["high"]).alias("high"),
        )

    return sf.aggregate(sf.sort_array(sf.collect_list(moments)), nothing, merge)


def _described(moments: Column) -> Column:
    """Mean and sample deviation that merged moments amount to."""
    return sf.struct(
        moments["mean"].alias("mean"),
        sf.sqrt(sf.try_divide(moments["m2"], moments["n"] - 1)).alias("deviation"),
        (moments["low"] < moments["high"]).alias("varies"),
    )


def _score(x: Column, name: str) -> Column:
    """Z-score; 0 where equal values leave no deviation, or only a rounding error of one."""
    moments = _column(_MOMENTS + name)
    deviation = moments["deviation"]
    scalable = moments["varies"] & (deviation > 0) & (deviation < float("inf"))
    score = sf.try_divide(x - moments["mean"], deviation)
    return sf.when(scalable, score).when(x.isNotNull(), sf.lit(0.0))


def _value(name: str, log1p: bool) -> Column:
    """Input as a double, NULL unless finite."""
    x = _column(name).cast("double")
    if log1p:
        x = sf.signum(x) * sf.log1p(sf.abs(x))
    return sf.when(sf.abs(x) < float("inf"), x)


def _column(name: str) -> Column:
    """Column of exactly this name, dots and all."""
    return sf.col("`" + name.replace("`", "``") + "`")


def _check(
    features: DataFrame, inputCols: Sequence[str], storeCol: str, log1p: Sequence[str]
) -> None:
    """Refuse what cannot be scaled, by name."""
    if not inputCols or isinstance(inputCols, str):
        raise ParameterError(f"inputCols is {inputCols!r}; give the names of columns to scale.")
    stray = [name for name in log1p if name not in inputCols]
    if stray:
        raise ParameterError(f"log1p has {stray}, not among inputCols {list(inputCols)}.")
    types = {field.name: field.dataType for field in features.schema}
    missing = [name for name in (storeCol, *inputCols) if name not in types]
    if missing:
        raise SchemaError(f"The features lack {missing}; they have {list(types)}.")
    wrong = {n: types[n].simpleString() for n in inputCols if not isinstance(types[n], NumericType)}
    if wrong:
        raise SchemaError(f"Columns to scale must be numeric, not {wrong}; cast them.")
    taken = [_PREFIX + name for name in inputCols if _PREFIX + name in types]
    if taken:
        raise SchemaError(f"The features already have {taken}; drop or rename them first.")
