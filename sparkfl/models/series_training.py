"""Train a model of time series from the query of CREATE MODEL."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Any

from pyspark.sql import functions as F
from pyspark.sql.types import DataType, DateType, IntegralType, TimestampNTZType, TimestampType

from sparkfl.columns import Found, InputColumn, check_names, kind_of, resolve
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.execution.cached import cached
from sparkfl.models.facts import Facts
from sparkfl.models.frame_type import import_or_tell
from sparkfl.models.group_fit import GroupFit, fit_groups, require_one, with_skipped
from sparkfl.models.named_column import named_column
from sparkfl.models.series_fit import fit_series, pooled
from sparkfl.models.series_model import SeriesModel, moment_of, number_of
from sparkfl.models.series_type import SeriesType
from sparkfl.models.settings import MODEL_TYPE
from sparkfl.options import resolve as resolve_options

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["train_series"]

_MOST_POOLED = 2**23
_MOMENTS = DateType | TimestampType | TimestampNTZType | IntegralType
_TAKES: Mapping[str, tuple[Callable[[DataType], bool], str]] = {
    "timeCol": (lambda type_: isinstance(type_, _MOMENTS), "a date, a timestamp or a whole number"),
    "labelCol": (lambda type_: kind_of(type_) == "number", "a number"),
}


def train_series(
    df: DataFrame,
    kind: SeriesType,
    name: str,
    options: Mapping[str, object],
    partition: str | None = None,
) -> SeriesModel:
    """Fit the time series of a query, in workers; rows without moment or value do not count.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query.
    kind : SeriesType
        The type.
    name : str
        Its MODEL_TYPE.
    options : mapping
        OPTIONS.
    partition : str, optional
        The column of PARTITION BY: each of its values is a series.

    Raises
    ------
    SchemaError
        If a column is missing or of another kind, or there is no row to fit.
    ParameterError
        If an option is unknown or invalid, or no series can be fitted; it says why.
    """
    given = {key: value for key, value in options.items() if not MODEL_TYPE.named_in([key])}
    params = resolve_options(given, kind.options, f"MODEL_TYPE '{name}'")
    import_or_tell(kind.requires, kind.package)
    check_names(df.columns)
    found = {param: _find(df, kind, params.pop(param), param, given) for param in _TAKES}
    when, value = found["timeCol"], found["labelCol"]
    own = params.pop("idCol", None)
    if own is not None and partition is not None:
        raise ParameterError(
            f"PARTITION BY and TIME_SERIES_ID_COL = {own!r} both name the column of the series; "
            "give one of them."
        )
    told = "PARTITION BY" if own is None else f"TIME_SERIES_ID_COL = {own!r}"
    named = partition if own is None else own
    group = resolve(df, named, f"{told}: the query") if named is not None else None
    if len({each.path for each in (when, value, group) if each}) < (3 if group else 2):
        raise ParameterError(
            "TIME_COL, LABEL and PARTITION BY must be different columns; "
            f"got {', '.join(each.name for each in (when, value, group) if each)}."
        )
    began = time.perf_counter()
    by = group.column.cast("string") if group else F.lit("")
    whole = df.select(
        by.alias("group"),
        moment_of(when).alias("moment"),
        number_of(value).alias("value"),
    )
    with cached(whole) as kept:
        rows = kept.dropna()
        if params.get("pooled"):
            params = _pooled(rows, kind, name, params, group)
        fits = tuple(fit_groups(rows, fit_series(kind, params)))
        if group and fits:
            lacking = [F.col(column).isNull() for column in kept.columns]
            fits = with_skipped(fits, kept.where(reduce(or_, lacking)))
    if not fits:
        raise SchemaError(
            f"No row of the query has a {when.name} and a finite {value.name}: "
            "there is no series to forecast. Look at what it selects."
        )
    if group is None:
        (one,) = fits
        if one.model is None:
            raise ParameterError(f"The series cannot be fitted by {name}: {one.detail}.")
        fits = (GroupFit(None, one.verdict, one.detail, one.rows, one.model),)
    require_one(fits, name)
    return SeriesModel(
        name,
        InputColumn.of(when),
        InputColumn.of(value),
        InputColumn.of(group) if group else None,
        fits,
        params["horizon"],
        params["level"],
        Facts(sum(fit.rows for fit in fits), time.perf_counter() - began),
    )


def _pooled(
    rows: DataFrame, kind: SeriesType, name: str, params: dict[str, Any], group: Found | None
) -> dict[str, Any]:
    """Learn from all series together, on the driver.

    Raises
    ------
    ParameterError
        If there is one series only, or they teach nothing.
    """
    if group is None:
        raise ParameterError(
            "POOLED = TRUE trains one network for the series of PARTITION BY, which is missing; "
            "add it, or leave POOLED out."
        )
    if (n := rows.count()) > _MOST_POOLED:
        raise ParameterError(
            f"{n} rows are more than the driver is given to train one network on "
            f"({_MOST_POOLED}). Sample the series in the query, or leave POOLED out."
        )
    if not n:
        return params
    table = rows.toArrow()
    try:
        return pooled(kind, params, table)
    except ValueError as error:
        raise ParameterError(f"The series cannot be fitted by {name} together: {error}.") from error


def _find(
    df: DataFrame, kind: SeriesType, name: str, param: str, given: Mapping[str, object]
) -> Found:
    """Find the column that an option names."""
    option = next(option for option in kind.options if option.param == param)
    return named_column(df, name, option.key_in(given), *_TAKES[param])
