"""What a MODEL_TYPE is that forecasts time series."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sparkfl.options import Option
from sparkfl.statistics.summary import Matrix

__all__ = ["Forecaster", "SeriesType"]

_COMMON = (
    Option(
        "timeCol",
        "column",
        doc="The column of the moments: dates, timestamps or whole numbers.",
        aliases=("TIME_SERIES_TIMESTAMP_COL", "TIMESTAMP_COL"),
        required=True,
    ),
    Option(
        "labelCol",
        "column",
        doc="The column of the values, which are numbers; those of one moment are averaged, and "
        "where a moment is missing a straight line joins its neighbours.",
        key="LABEL",
        aliases=("TIME_SERIES_DATA_COL", "LABEL_COL", "INPUT_LABEL_COLS", "TARGET_COL"),
        required=True,
    ),
    Option(
        "idCol",
        "column",
        None,
        "The column of PARTITION BY, by BigQuery ML's name of it.",
        key="TIME_SERIES_ID_COL",
    ),
    Option(
        "horizon",
        int,
        30,
        "Steps that `model_forecast` gives by default.",
        minimum=1,
        maximum=100_000,
        aliases=("FORECAST_HORIZON",),
    ),
    Option(
        "level",
        float,
        0.95,
        "Share of the values that the prediction interval is to hold.",
        key="CONFIDENCE_LEVEL",
        above=0.0,
        below=1.0,
    ),
    Option(
        "season",
        int,
        None,
        "Steps after which the series repeats, 1 for none; by default 24 of hours, 7 of days, 52 "
        "of weeks, 12 of months, 4 of quarters, else 1.",
        key="SEASONAL_PERIOD",
        aliases=("SEASON_LENGTH", "SEASONALITY"),
        minimum=1,
        maximum=10_000,
    ),
)


class Forecaster(Protocol):
    """A model of one series, as statsforecast has it."""

    def fit(self, y: Matrix) -> Any:
        """Fit the values of a series, shape (n,), and return itself."""

    def predict(self, h: int, level: list[float]) -> Mapping[str, Any]:
        """Return ``mean`` and ``lo-95``, ``hi-95`` of the next h steps."""

    def predict_in_sample(self) -> Mapping[str, Any]:
        """Return ``fitted``: each value of the series, forecast from those before."""


@dataclass(frozen=True)
class SeriesType:
    """A value of MODEL_TYPE that is fitted to time series, one for each group, as a row.

    Attributes
    ----------
    make : callable
        ``make(params, season, values)``: an unfitted `Forecaster` for the values of a series, and
        what it is called.
    doc : str
        What it is, in a sentence or two.
    own : tuple of Option
        Its options.
    package : str
        What to install for it: ``pip install 'sparkfl[package]'``.
    requires : str
        The dotted path of what is imported of it.
    aliases : tuple of str
        Other values of MODEL_TYPE.
    pool : callable, optional
        ``pool(params, series)``: parameters that are learnt from all series together, with
        ``pooled``; of each it is given the season and the values.
    """

    make: Callable[[Mapping[str, Any], int, Matrix], tuple[Forecaster, str]]
    doc: str
    own: tuple[Option, ...] = ()
    package: str = "forecast"
    requires: str = "statsforecast.models.AutoARIMA"
    aliases: tuple[str, ...] = ()
    pool: Callable[[Mapping[str, Any], Sequence[tuple[int, Matrix]]], dict[str, Any]] | None = None

    judged = (
        "`mae`, `rmse`, `mape` and `smape` (shares, NULL where they divide by 0) and `mase`, the "
        "mean absolute error over that of the naive forecast of the training series, which repeats "
        "the last season; with PARTITION BY a row a series."
    )
    """What `model_evaluate` gives."""

    @property
    def options(self) -> tuple[Option, ...]:
        """The options."""
        return (*_COMMON, *self.own)
