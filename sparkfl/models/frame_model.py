"""A model of CREATE MODEL whose estimator takes arrays: one, or one a group."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkfl.columns import (
    INTERNAL,
    Found,
    InputColumn,
    bind,
    check_names,
    check_taken,
    vectorized,
)
from sparkfl.models.answers.anomalies import OUTPUTS, flagged
from sparkfl.models.fitted import SqlModel
from sparkfl.models.frame_fit import Dumped
from sparkfl.models.frame_score import detector, estimators, scorer
from sparkfl.models.frame_type import FrameType
from sparkfl.models.group_fit import GroupFit, read_fits, write_fits
from sparkfl.models.names import GROUP, QUERY, VALID, inner
from sparkfl.models.run import run
from sparkfl.models.stored import read_stored

__all__ = ["FrameModel"]

_OUTPUTS = {"predictionCol": "double", "probabilityCol": "array<double>", "scoreCol": "double"}
_FOUND = "struct<known: boolean, score: double, severity: double, parts: array<double>>"
_TOLD = INTERNAL + "told"


@dataclass(frozen=True)
class FrameModel(SqlModel):
    """Fitted stages of TRANSFORM, and an estimator of arrays behind them for each group.

    Attributes
    ----------
    group : InputColumn or None
        The column of PARTITION BY.
    query : InputColumn or None
        The column of the queries, of a ranking; only metrics need it.
    fits : tuple of GroupFit
        What became of each group; a single one without `group`.
    """

    group: InputColumn | None = None
    query: InputColumn | None = None
    fits: tuple[GroupFit, ...] = field(default=(), repr=False)
    readers = {
        "scorer": "sparkfl.models.scorer:open_scorer",
        "reader": "sparkfl.models.frame_model:FrameModel.read",
    }

    @property
    def stages(self) -> Sequence[Any]:
        """The fitted stages of TRANSFORM."""
        return self.pipeline.stages

    @property
    def fitted(self) -> None:
        """None: there may be many."""

    @property
    def columns(self) -> tuple[InputColumn, ...]:
        """The columns of a query that it reads: its inputs, then that of the group."""
        return (*self.inputs.columns, *([self.group] if self.group else []))

    @property
    def by(self) -> tuple[str, ...]:
        """The group's column."""
        return (self.group.name,) if self.group else ()

    @property
    def judging(self) -> dict[str, InputColumn]:
        """The queries."""
        return {QUERY: self.query} if self.query else {}

    def _predicted(self, df: DataFrame, sources: list[Found]) -> DataFrame:
        """Add what goes out, in workers, to rows with features."""
        df = df.withColumn(GROUP, self._group(sources))
        params = [param for param in self.type.outputs if param in self.outputs]
        classes = len(self.label.classes) if self.label else 0
        fields = ", ".join(f"{param}: {_OUTPUTS[param]}" for param in params)
        kind = self.type
        assert isinstance(kind, FrameType)
        function = scorer(kind, self.fits, params, classes)
        score = vectorized(function, f"struct<known: boolean, {fields}>")
        df = df.withColumn(_TOLD, score(vector_to_array(F.col(self.features)), F.col(GROUP)))
        for param in params:
            value = F.col(_TOLD).getField(param)
            value = array_to_vector(value) if param == "probabilityCol" else value
            df = df.withColumn(inner(param), value)
        return df.withColumn(VALID, F.col(VALID) & F.col(_TOLD).getField("known"))

    def detect(self, df: DataFrame, contamination: float, top_k: int) -> DataFrame:
        """Return the rows of a query with how odd they are.

        Raises
        ------
        SchemaError
            If the query lacks a column, or has one named like an output.
        """
        check_taken(df.columns, OUTPUTS)
        check_names(df.columns)
        sources, kind = bind(df, self.columns), self.type
        assert isinstance(kind, FrameType)
        own = sources[: len(self.inputs.columns)]
        rows = run(df, own, self.inputs, self.stages, self.guards)
        tell = vectorized(detector(kind, self.fits, contamination), _FOUND)
        found = tell(vector_to_array(F.col(self.features)), self._group(sources))
        rows = rows.withColumn(_TOLD, found)
        rows = rows.withColumn(VALID, F.col(VALID) & F.col(_TOLD).getField("known"))
        return flagged(rows, F.col(_TOLD), self.feature_names(), contamination, top_k)

    def opener(self) -> Callable[[str | None], tuple[Any, Dumped] | None]:
        """Return what gives the estimator of a group, in a worker."""
        assert isinstance(self.type, FrameType)
        return estimators(self.type, self.fits)

    def opened(self) -> Iterator[tuple[str | None, tuple[Any, Dumped]]]:
        """Give each group that has an estimator, and it."""
        of = self.opener()
        for fit in self.fits:
            found = of(fit.group)
            if found is not None:
                yield fit.group, found

    def _group(self, sources: list[Found]) -> Column:
        return sources[-1].column.cast("string") if self.group else F.lit(None).cast("string")

    def _content(self) -> dict[str, Any]:
        own = {"group": self.group, "query": self.query}
        return {**super()._content(), **{n: asdict(c) if c else None for n, c in own.items()}}

    def write(self, directory: Path) -> None:
        """Write the model into an empty directory of the driver."""
        super().write(directory)
        write_fits(self.fits, directory)

    @classmethod
    def read(cls, directory: Path, _session: SparkSession | None = None) -> FrameModel:
        """Read what `write` wrote; needs a running session."""
        content, given = read_stored(directory)
        for name in ("group", "query"):
            column = content.get(name)
            given[name] = InputColumn.from_json(column) if column else None
        return cls(**given, fits=read_fits(directory))
