"""Fit a model to each time series, and ask it: all inside a worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pyarrow as pa

from sparkfl.columns import places_of
from sparkfl.models.answers.anomalies import KNOTS, severity
from sparkfl.models.group_fit import Fit, GroupFit, opener
from sparkfl.models.series_type import Forecaster, SeriesType
from sparkfl.statistics.summary import Matrix
from sparkfl.statistics.time_grid import TimeGrid, regular_series

__all__ = ["FORECAST", "PLACED", "FittedSeries", "fit_series", "forecasts", "placed", "pooled"]

_FARTHEST = 100_000
"""Steps after the end of a series that it is forecast for, at most."""
_FIGURES = ("value", "error", "naive", "score", "severity")

FORECAST = "moment: {moment}, value: double, standard_error: double, lower: double, upper: double"
"""What is told of a step ahead."""
PLACED = (
    "known: boolean, value: double, lower: double, upper: double, naive: double, score: double, "
    "severity: double, parts: array<double>"
)
"""What is told of a row with a moment."""


@dataclass(frozen=True)
class FittedSeries:
    """A fitted series.

    Attributes
    ----------
    grid : TimeGrid
        Its moments.
    n : int
        How many there are.
    model : Forecaster
        What forecasts it.
    fitted : numpy.ndarray, shape (n,)
        Each value as it was forecast from those before; NaN where there are none.
    error : float
        Root mean square of what these are off.
    naive : float
        Mean absolute error of the naive forecast, which repeats the last season; NaN without one.
    scores : tuple of float
        Sizes of what the fitted values are off, in units of `error`, at the shares `KNOTS`.
    """

    grid: TimeGrid
    n: int
    model: Forecaster
    fitted: Matrix
    error: float
    naive: float
    scores: tuple[float, ...]

    def ahead(self, steps: int, level: float) -> tuple[Matrix, Matrix]:
        """Return the forecast of the next steps, and its standard error."""
        percent = round(100 * level, 6)
        found = self.model.predict(h=steps, level=[percent])
        mean = np.asarray(found["mean"], np.float64)
        upper = next(np.asarray(v, np.float64) for k, v in found.items() if k.startswith("hi-"))
        return mean, (upper - mean) / _quantile(level)


def _quantile(level: float) -> float:
    return NormalDist().inv_cdf((1 + level) / 2)


def fit_series(kind: SeriesType, params: Mapping[str, Any]) -> Fit:
    """Return what fits the series of a table with the columns ``moment`` and ``value``.

    Parameters
    ----------
    kind : SeriesType
        The type.
    params : mapping of str to object
        Its parameters.
    """

    def fit(table: pa.Table) -> tuple[FittedSeries, str | None]:
        grid, season, series = _series(table, params)
        forecaster, name = kind.make(params, season, series)
        try:
            forecaster = forecaster.fit(series)
        except NotImplementedError as short:
            # So statsforecast says that a series is short.
            raise ValueError(f"its {len(series)} values are too few for {name}") from short
        fitted = np.asarray(forecaster.predict_in_sample()["fitted"], np.float64)
        off = series - fitted
        known = off[np.isfinite(off)]
        error = float(np.sqrt(np.mean(known**2))) if len(known) else float("nan")
        scores = np.quantile(np.abs(known) / error if error > 0 else np.zeros(1), KNOTS)
        lag = season if len(series) > season else 1
        naive = float(np.abs(series[lag:] - series[:-lag]).mean())
        made = FittedSeries(
            grid, len(series), forecaster, fitted, error, naive, tuple(scores.tolist())
        )
        return made, _told(name, forecaster)

    return fit


def _series(table: pa.Table, params: Mapping[str, Any]) -> tuple[TimeGrid, int, Matrix]:
    """Return the moments, the season and the values of a series."""
    moments, values = (table[c].to_numpy() for c in ("moment", "value"))
    grid, series = regular_series(moments.astype(np.int64), values.astype(np.float64))
    return grid, params.get("season") or grid.season, series


def pooled(kind: SeriesType, params: Mapping[str, Any], table: pa.Table) -> dict[str, Any]:
    """Return the parameters with those that all series teach together.

    Parameters
    ----------
    kind, params
        As of `fit_series`.
    table : pyarrow.Table
        The series, with their column ``group``.

    Raises
    ------
    ValueError
        If they teach nothing.
    """
    assert kind.pool is not None
    known, unfit = [], ""
    for places in places_of(table["group"].combine_chunks()).values():
        try:
            _, season, series = _series(table.take(places), params)
        except ValueError as error:
            # Its verdict will say so, too.
            unfit = str(error)
            continue
        known.append((season, series))
    if not known:
        raise ValueError(unfit)
    return {**params, **kind.pool(params, known)}


def _told(name: str, forecaster: Any) -> str:
    """Return what a fitted model is: AutoARIMA as the orders that it chose."""
    found = getattr(forecaster, "model_", None)
    if isinstance(found, Mapping) and "arma" in found:
        p, q, seasonal_p, seasonal_q, season, d, seasonal_d = (int(n) for n in found["arma"][:7])
        order = f"ARIMA({p},{d},{q})"
        if season > 1:
            order += f"({seasonal_p},{seasonal_d},{seasonal_q})[{season}]"
        return order
    if isinstance(found, Mapping) and "method" in found:
        return str(found["method"])
    return name


def forecasts(fits: Sequence[GroupFit], steps: int, level: float) -> Callable[[pa.Array], pa.Array]:
    """Return the function that forecasts a batch of series, given their groups.

    Parameters
    ----------
    fits : sequence of GroupFit
        A pickled `FittedSeries` for each group; None stands for all rows.
    steps : int
        How far.
    level : float
        Share of the values that the interval is to hold.

    Returns
    -------
    callable
        ``forecast(group)`` gives, for each, a list of structs as in `FORECAST`.
    """
    of, width = opener(fits, lambda series: series), _quantile(level)

    def forecast(group: pa.Array) -> pa.Array:
        told = []
        for each in group.to_pylist():
            series = of(each)
            mean, error = series.ahead(steps, level)
            moments = series.grid.moments(np.arange(series.n, series.n + steps))
            columns = (moments, mean, error, mean - width * error, mean + width * error)
            told.append([dict(zip(_AHEAD, row, strict=True)) for row in zip(*columns, strict=True)])
        return pa.array(told, pa.list_(_STEP))

    return forecast


_AHEAD = ("moment", "value", "standard_error", "lower", "upper")
_STEP = pa.struct([(name, pa.int64() if name == "moment" else pa.float64()) for name in _AHEAD])


def placed(
    fits: Sequence[GroupFit], level: float
) -> Callable[[pa.Array, pa.Array, pa.Array], pa.Array]:
    """Return the function that tells of rows what their series is at their moments.

    Parameters
    ----------
    fits, level
        As of `forecasts`.

    Returns
    -------
    callable
        ``tell(moment, value, group)`` gives a struct as in `PLACED`: not ``known`` is a moment
        before the series, too far after it, or of no series; ``parts`` is the score once more.
    """
    of, width = opener(fits, lambda series: series), _quantile(level)

    def tell(moment: pa.Array, value: pa.Array, group: pa.Array) -> pa.Array:
        n = len(moment)
        given = moment.is_valid().to_numpy(zero_copy_only=False)
        moments = moment.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
        values = value.to_numpy(zero_copy_only=False).astype(np.float64)
        found = {name: np.full(n, np.nan) for name in _FIGURES}
        for each, places in places_of(group).items():
            series = of(each)
            if series is None:
                continue
            own = places[given[places]]
            _place(series, own, moments[own], level, found)
            score = np.abs(values[own] - found["value"][own]) / found["error"][own]
            found["score"][own] = score
            found["severity"][own] = severity(score, np.array(series.scores))
        known = np.isfinite(found["value"])
        half = width * found["error"]
        columns = {
            "known": pa.array(known),
            "value": _numbers(found["value"]),
            "lower": _numbers(found["value"] - half),
            "upper": _numbers(found["value"] + half),
            "naive": _numbers(found["naive"]),
            "score": _numbers(found["score"]),
            "severity": _numbers(found["severity"]),
            "parts": pa.array([[s] for s in found["score"].tolist()], pa.list_(pa.float64())),
        }
        return pa.StructArray.from_arrays(list(columns.values()), list(columns))

    return tell


def _place(
    series: FittedSeries,
    own: Any,
    moments: Any,
    level: float,
    found: Mapping[str, Matrix],
) -> None:
    """Put what a series is at moments into the places of the rows: fitted, or forecast."""
    places = series.grid.places(moments)
    inside = (places >= 0) & (places < series.n)
    found["value"][own[inside]] = series.fitted[places[inside]]
    found["error"][own] = series.error
    found["naive"][own] = series.naive
    after = (places >= series.n) & (places < series.n + _FARTHEST)
    if after.any():
        ahead = places[after] - series.n
        mean, error = series.ahead(int(ahead.max()) + 1, level)
        found["value"][own[after]] = mean[ahead]
        found["error"][own[after]] = error[ahead]


def _numbers(values: Matrix) -> pa.Array:
    """Return numbers, NULL in place of NaN."""
    return pa.array(values, from_pandas=True)
