"""The types that forecast time series, by statsforecast and by Keras."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from sparkfl.models.estimators.lstm import Lstm, pooled_weights
from sparkfl.models.frame_type import import_or_tell
from sparkfl.models.series_type import Forecaster, SeriesType
from sparkfl.options import Option
from sparkfl.statistics.summary import Matrix

__all__ = ["FORECASTING_TYPES"]

_PACKAGE = "forecast"
_ORDERS = ("p", "d", "q", "P", "D", "Q")
_LEAST_SEASONS = 2
_WINDOW = 12
_NETWORK = ("units", "epochs", "learning_rate", "seed")
_TRAINED = "trained"


def _order(param: str, doc: str, key: str = "", **more: Any) -> Option:
    return Option(param, int, None, doc, minimum=0, maximum=5, key=key or param.upper(), **more)


def _new(name: str, **params: Any) -> Any:
    return import_or_tell(f"statsforecast.models.{name}", _PACKAGE)(**params)


def _season(season: int, values: Matrix) -> int:
    """Return the season, 1 where the series does not last two of them."""
    return season if len(values) >= _LEAST_SEASONS * season else 1


def _arima(params: Mapping[str, Any], season: int, values: Matrix) -> tuple[Forecaster, str]:
    season = _season(season, values)
    orders = {name: params[name] for name in _ORDERS if name in params}
    if not orders:
        return _new("AutoARIMA", season_length=season), "AutoARIMA"
    p, d, q, *seasonal = (orders.get(name, 0) for name in _ORDERS)
    made = _new("ARIMA", order=(p, d, q), seasonal_order=tuple(seasonal), season_length=season)
    return made, "ARIMA"


def _ets(params: Mapping[str, Any], season: int, values: Matrix) -> tuple[Forecaster, str]:
    made = _new(
        "AutoETS",
        season_length=_season(season, values),
        model=params["model"],
        damped=params.get("damped"),
    )
    return made, "AutoETS"


def _auto(params: Mapping[str, Any], season: int, values: Matrix) -> tuple[Forecaster, str]:
    """Choose by the mean absolute error of the last values, forecast from those before."""
    season = _season(season, values)
    held = max(1, min(params["horizon"], len(values) // 5))
    known, last = values[:-held], values[-held:]

    def candidates() -> dict[str, Any]:
        return {
            "AutoARIMA": _new("AutoARIMA", season_length=season),
            "AutoETS": _new("AutoETS", season_length=season),
            "AutoTheta": _new("AutoTheta", season_length=season),
            "SeasonalNaive": _new("SeasonalNaive", season_length=season),
        }

    def error(forecaster: Any) -> float:
        forecast = forecaster.fit(known).predict(h=held)["mean"]
        return float(np.abs(np.asarray(forecast) - last).mean())

    errors: dict[str, float] = {}
    failed: Exception | None = None
    for name, forecaster in candidates().items():
        try:
            errors[name] = error(forecaster)
        except Exception as exception:  # noqa: BLE001
            # A method that does not take so short a series is no candidate for it.
            failed = exception
    usable = {name: found for name, found in errors.items() if np.isfinite(found)}
    if not usable:
        raise ValueError("no method can forecast it") from failed
    best = min(usable, key=lambda name: usable[name])
    return candidates()[best], best


def _lstm(params: Mapping[str, Any], season: int, _values: Matrix) -> tuple[Forecaster, str]:
    network = {name: params[name] for name in _NETWORK}
    return Lstm(_window(params, season), **network, trained=params.get(_TRAINED, ())), "LSTM"


def _window(params: Mapping[str, Any], season: int) -> int:
    return params.get("window") or max(season, _WINDOW)


def _lstm_pool(params: Mapping[str, Any], series: Sequence[tuple[int, Matrix]]) -> dict[str, Any]:
    """Train one network for all series, given their seasons and values."""
    longest = max(len(values) for _, values in series)
    window = min(_window(params, max(season for season, _ in series)), longest // 3)
    values = [values for _, values in series]
    network = {name: params[name] for name in _NETWORK}
    return {_TRAINED: pooled_weights(values, max(window, 2), **network)}


FORECASTING_TYPES: Mapping[str, SeriesType] = {
    "arima": SeriesType(
        _arima,
        "statsforecast's ARIMA: values follow from those before, differences and errors. Without "
        "orders the one with the least AICc is searched for (Hyndman, Khandakar 2008).",
        own=(
            _order("p", "Order of the autoregression; given any order, those left out are 0."),
            _order("d", "Order of differences."),
            _order("q", "Order of the moving average."),
            _order("P", "Seasonal order of the autoregression.", "SEASONAL_P"),
            _order("D", "Seasonal order of differences.", "SEASONAL_D"),
            _order("Q", "Seasonal order of the moving average.", "SEASONAL_Q"),
        ),
        aliases=("arima_plus", "auto_arima"),
    ),
    "auto_forecast": SeriesType(
        _auto,
        "For each series the one of AutoARIMA, AutoETS, AutoTheta and SeasonalNaive that forecasts "
        "its last values best from those before.",
        aliases=("time_series", "forecast"),
    ),
    "ets": SeriesType(
        _ets,
        "statsforecast's exponential smoothing: error, trend and season, by default those with the "
        "least AICc (Hyndman et al. 2008).",
        own=(
            Option(
                "model",
                str,
                "ZZZ",
                "Error, trend and season: `A` additive, `M` multiplicative, `N` none, `Z` chosen.",
                key="ETS_MODEL",
                pattern="[AMZ][NAMZ][NAMZ]",
                pattern_says="three letters such as ZZZ or AAN",
            ),
            Option("damped", bool, None, "Whether the trend fades; chosen by default."),
        ),
        aliases=("exponential_smoothing",),
    ),
    "lstm": SeriesType(
        _lstm,
        "A long short-term memory that tells the next value from those before, trained by Keras "
        "for each series, or one for all (Hochreiter, Schmidhuber 1997). Fewer than 6 values are "
        "too few.",
        own=(
            Option(
                "window",
                int,
                None,
                "Values that the next one is told from; by default a season, and 12 at least.",
                key="INPUT_WINDOW",
                aliases=("LOOKBACK", "SEQUENCE_LENGTH"),
                minimum=2,
                maximum=10_000,
            ),
            Option("units", int, 16, "Width of the memory.", minimum=1, maximum=1024),
            Option("epochs", int, 60, "How often all values are seen.", minimum=1, maximum=10_000),
            Option("learning_rate", float, 0.01, "Step of Adam.", above=0.0, maximum=1.0),
            Option("seed", int, 0, "Seed of the weights.", minimum=0, maximum=2**31 - 1),
            Option(
                "pooled",
                bool,
                False,
                "Train one network on all series of PARTITION BY, each in deviations from its "
                "mean; short series learn from long ones.",
            ),
        ),
        package="lstm",
        pool=_lstm_pool,
        requires="jax.jit",
    ),
}
