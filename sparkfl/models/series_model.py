"""A model of CREATE MODEL that forecasts time series: one, or one for each group."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from pyspark.sql import functions as F

from sparkfl.columns import (
    INTERNAL,
    Found,
    InputColumn,
    bind,
    check_names,
    check_taken,
    finite,
    kind_of,
    vectorized,
    without_internal,
)
from sparkfl.formats import FORMAT, check_format
from sparkfl.metrics.forecasting import forecasting
from sparkfl.metrics.groups import group_name
from sparkfl.models.answers.anomalies import OUTPUTS, flagged
from sparkfl.models.answers.table import table
from sparkfl.models.facts import Facts
from sparkfl.models.group_fit import GroupFit, read_fits, write_fits
from sparkfl.models.names import LABEL, VALID
from sparkfl.models.series_fit import FORECAST, PLACED, forecasts, placed
from sparkfl.registry import Field

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

__all__ = ["SeriesModel", "moment_of", "number_of"]

_TOLD, _FORECAST_VALUE, _NAIVE = (INTERNAL + part for part in ("told", "forecast", "naive"))
_PREDICTED = {
    "prediction": "value",
    "prediction_interval_lower_bound": "lower",
    "prediction_interval_upper_bound": "upper",
}
_FORECAST = {
    "forecast_timestamp": "moment",
    "forecast_value": "value",
    "standard_error": "standard_error",
    "confidence_level": "",
    "prediction_interval_lower_bound": "lower",
    "prediction_interval_upper_bound": "upper",
}


@dataclass(frozen=True)
class SeriesModel:
    """Fitted time series and the columns that they are of.

    Attributes
    ----------
    modelType : str
        Value of MODEL_TYPE.
    time : InputColumn
        The column of the moments.
    value : InputColumn
        The column of the values.
    group : InputColumn or None
        The column of PARTITION BY.
    fits : tuple of GroupFit
        What became of each series; a single one without `group`.
    horizon : int
        Steps that are forecast by default.
    level : float
        Share of the values that an interval is to hold, by default.
    facts : Facts
        What is remembered of the training.
    """

    modelType: str
    time: InputColumn
    value: InputColumn
    group: InputColumn | None
    fits: tuple[GroupFit, ...] = field(repr=False)
    horizon: int
    level: float
    facts: Facts = field(default_factory=Facts)
    readers = {
        "scorer": "sparkfl.models.scorer:open_scorer",
        "reader": "sparkfl.models.series_model:SeriesModel.read",
    }
    clause = None

    @property
    def columns(self) -> tuple[InputColumn, ...]:
        """The columns of a query that it reads to predict: the moment, and the group."""
        return (self.time, *([self.group] if self.group else []))

    @property
    def by(self) -> tuple[str, ...]:
        """The group's column."""
        return (self.group.name,) if self.group else ()

    def inputFields(self) -> list[Field]:
        """Return the columns it reads to predict."""
        return [Field(c.name, c.type) for c in self.columns]

    def outputFields(self) -> list[Field]:
        """Return the column that `predict` adds."""
        return [Field("prediction", "double")]

    def forecast(
        self, spark: SparkSession, horizon: int | None = None, level: float | None = None
    ) -> DataFrame:
        """Return the forecast of each series for the steps after its end, as a plan.

        Parameters
        ----------
        spark : pyspark.sql.SparkSession
            The session.
        horizon : int, optional
            Steps; by default those of the training's HORIZON.
        level : float, optional
            Share of the values that the interval is to hold, likewise.
        """
        steps, share = horizon or self.horizon, level or self.level
        groups = [fit.group for fit in self.fits if fit.model is not None]
        series = table(spark, {"series": groups}, "series string")
        schema = f"array<struct<{FORECAST.format(moment='bigint')}>>"
        told = vectorized(forecasts(self.fits, steps, share), schema)(F.col("series"))
        rows = series.select("series", F.explode(told).alias("step"))
        columns = []
        for name, part in _FORECAST.items():
            value = F.col("step").getField(part) if part else F.lit(share)
            value = _as_moment(value, self.time) if part == "moment" else value
            columns.append(value.alias(name))
        if self.group:
            name = group_name(self.group.name, _FORECAST)
            columns.insert(0, F.col("series").cast(self.group.type).alias(name))
        return rows.select(*columns)

    def predict(self, df: DataFrame, hidden: bool = False) -> DataFrame:
        """Add to each row what its series is at its moment: as fitted, or as forecast.

        NULL before the series, and where there is none.

        Raises
        ------
        SchemaError
            If the query lacks a column, or has one named like an output.
        """
        shown = dict(list(_PREDICTED.items())[: None if hidden else 1])
        check_taken(df.columns, shown)
        told = self._told(df, bind(df, self.columns), None)
        added = {name: F.col(_TOLD).getField(part) for name, part in shown.items()}
        return without_internal(told.withColumns(added))

    def evaluate(self, df: DataFrame) -> DataFrame:
        """Return how far the forecasts are from the values of a query.

        Raises
        ------
        SchemaError
            If the query lacks a column, that of the values included.
        """
        value, *others = bind(df, (self.value, *self.columns))
        told = self._told(df, others, value).where(F.col(VALID))
        said = F.col(_TOLD)
        groups = [found.column.alias(name) for found, name in zip(others[1:], self.by, strict=True)]
        rows = told.select(
            *groups,
            number_of(value).alias(LABEL),
            said.getField("value").alias(_FORECAST_VALUE),
            said.getField("naive").alias(_NAIVE),
        )
        return forecasting(rows, LABEL, _FORECAST_VALUE, _NAIVE, by=self.by)

    def detect(self, df: DataFrame, contamination: float, top_k: int) -> DataFrame:
        """Return the rows of a query with how far off the forecast they are, in its errors.

        Raises
        ------
        SchemaError
            If the query lacks a column, or has one named like an output.
        """
        check_taken(df.columns, OUTPUTS)
        value, *others = bind(df, (self.value, *self.columns))
        told = self._told(df, others, value)
        return flagged(told, F.col(_TOLD), [self.value.name], contamination, top_k)

    def _told(self, df: DataFrame, sources: list[Found], value: Found | None) -> DataFrame:
        """Add what the series are at the rows' moments, and whether all that counts is there."""
        check_names(df.columns)
        group = sources[1].column.cast("string") if self.group else F.lit(None).cast("string")
        number = F.lit(None).cast("double") if value is None else number_of(value)
        tell = vectorized(placed(self.fits, self.level), f"struct<{PLACED}>")
        rows = df.withColumn(_TOLD, tell(moment_of(sources[0]), number, group))
        valid = F.col(_TOLD).getField("known")
        return rows.withColumn(VALID, valid if value is None else valid & number.isNotNull())

    def write(self, directory: Path) -> None:
        """Write the model into an empty directory of the driver."""
        content = {
            "format": FORMAT,
            "modelType": self.modelType,
            "time": asdict(self.time),
            "value": asdict(self.value),
            "group": asdict(self.group) if self.group else None,
            "horizon": self.horizon,
            "level": self.level,
            "facts": self.facts.to_json(),
        }
        (directory / "model.json").write_text(json.dumps(content, indent=1))
        write_fits(self.fits, directory)

    @classmethod
    def read(cls, directory: Path, _session: SparkSession | None = None) -> SeriesModel:
        """Read what `write` wrote."""
        content = json.loads((directory / "model.json").read_text())
        check_format(content.get("format"), f"The model in {directory}")
        columns = {name: _column(content[name]) for name in ("time", "value", "group")}
        return cls(
            content["modelType"],
            **cast("dict[str, Any]", columns),
            fits=read_fits(directory),
            horizon=content["horizon"],
            level=content["level"],
            facts=Facts.from_json(content["facts"]),
        )


def _column(value: Mapping[str, Any] | None) -> InputColumn | None:
    return InputColumn.from_json(value) if value else None


def number_of(found: Found) -> Column:
    """Return a value as a number, NULL if it is not finite."""
    return finite(found.column.cast("double"))


def moment_of(found: Found) -> Column:
    """Return a moment as a number: microseconds since 1970 by the wall clock, or itself."""
    if kind_of(found.type) == "number":
        return found.column.cast("bigint")
    epoch = F.lit("1970-01-01 00:00:00").cast("timestamp_ntz")
    return F.timestamp_diff("MICROSECOND", epoch, found.column.cast("timestamp_ntz"))


def _as_moment(value: Column, column: InputColumn) -> Column:
    """Return the moment of a number, as the column of the moments is."""
    if column.kind == "number":
        return value.cast(column.type)
    epoch = F.lit("1970-01-01 00:00:00").cast("timestamp_ntz")
    return F.timestamp_add("MICROSECOND", value, epoch).cast(column.type)
