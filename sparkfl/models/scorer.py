"""A single model behind `mlflow.pyfunc`: pandas in, pandas out."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DoubleType,
    LongType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from sparkfl.columns import InputColumn, quote
from sparkfl.columns.series import numbers, series
from sparkfl.errors import SchemaError
from sparkfl.models.fitted import SqlModel
from sparkfl.models.frame_model import FrameModel
from sparkfl.models.preview import TRANSFORM, SqlTransform
from sparkfl.models.relation_model import RelationModel
from sparkfl.models.series_model import SeriesModel

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PandasScorer", "open_scorer"]

# Joins leave rows in another order.
_PLACE = "sparkfl_row_of_the_frame"
_TYPES = {
    "number": DoubleType(),
    "boolean": DoubleType(),
    "date": TimestampType(),
    "string": StringType(),
    "tokens": ArrayType(StringType()),
    "vector": ArrayType(DoubleType()),
}


class PandasScorer:
    """Scores pandas frames with a session of its own, or the one that runs."""

    def __init__(self, directory: Path) -> None:
        self._spark = SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
        self._model = _read(directory)

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with the model's outputs, its order and index as they were."""
        import pandas as pd

        columns = self._model.columns
        read = [_values(frame, column) for column in columns]
        fields = [StructField(c.name, _TYPES[c.kind]) for c in columns]
        schema = StructType([StructField(_PLACE, LongType()), *fields])
        rows = list(zip(range(len(frame)), *read, strict=True))
        df = self._spark.createDataFrame(rows, schema)
        groups = {c.name: c.type for c in columns if c.name in getattr(self._model, "by", ())}
        # A group goes by the text of its value: that of 1 is not that of 1.0.
        for name, type_ in groups.items():
            df = df.withColumn(name, F.col(quote(name)).cast(type_))
        scored = self._model.predict(df).toPandas().sort_values(_PLACE)
        outputs = scored.iloc[:, 1 + len(columns) :].set_index(frame.index)
        return pd.concat([frame, outputs], axis=1)


def _values(frame: pd.DataFrame, column: InputColumn) -> list[Any]:
    """Return a column's values as Spark reads them: its own, or a field of its structs'."""
    values = series(frame, column.path)
    if column.kind in ("number", "boolean"):
        doubles = numbers(values, column.name).tolist()
        return [None if _absent(v) else x for v, x in zip(values, doubles, strict=True)]
    utc = column.type != "timestamp"
    read: dict[str, Callable[[Any], Any]] = {
        "vector": _vector,
        "string": _text,
        "date": lambda value: _moment(value, utc),
    }
    return [None if _absent(v) else read.get(column.kind, list)(v) for v in values]


def _absent(value: Any) -> bool:
    import pandas as pd

    return value is None or value is pd.NA or value is pd.NaT


def _vector(value: Any) -> list[float | None]:
    numbers = value.toArray() if hasattr(value, "toArray") else value
    return [None if number is None else float(number) for number in numbers]


def _moment(value: Any, utc: bool) -> datetime | None:
    """Return a date or timestamp as Spark reads it: without a time zone, of UTC or the session."""
    import pandas as pd

    if value != value:
        return None
    try:
        found = pd.Timestamp(value)
    except (TypeError, ValueError) as error:
        raise SchemaError(f"{value!r} stands where a date belongs. Convert it.") from error
    if utc and found.tzinfo is None:
        found = found.tz_localize("UTC")
    return found.to_pydatetime()


def _text(value: Any) -> str | None:
    """Return a string; NaN is pandas' way to say that there is none."""
    return None if isinstance(value, float) and value != value else str(value)


def _read(directory: Path) -> SqlModel | SeriesModel | RelationModel | SqlTransform:
    """Read a model by what its files hold."""
    content = json.loads((directory / "model.json").read_text())
    if content["modelType"] == TRANSFORM:
        return SqlTransform.read(directory)
    if "relation" in content:
        return RelationModel.read(directory)
    if "horizon" in content:
        return SeriesModel.read(directory)
    return (FrameModel if "group" in content else SqlModel).read(directory)


def open_scorer(directory: Path) -> PandasScorer:
    """Return what `mlflow.pyfunc` scores pandas frames with."""
    return PandasScorer(directory)
