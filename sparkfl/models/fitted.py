"""A model trained by CREATE MODEL: a fitted pipeline and what it was trained on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.errors import SchemaError
from sparkfl.models.inputs import InputColumn, all_valid, bind, clean
from sparkfl.models.pipeline import INTERNAL
from sparkfl.models.staging import load_pipeline, save_pipeline
from sparkfl.models.types import MODEL_TYPES
from sparkfl.transforms.clause import TransformList

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PREDICTION", "SqlModel", "open_scorer"]

PREDICTION = INTERNAL + "prediction"
_VALID = INTERNAL + "valid"


@dataclass(frozen=True)
class SqlModel:
    """A fitted pipeline with its input and output columns.

    Attributes
    ----------
    modelType : str
        Value of MODEL_TYPE.
    pipeline : pyspark.ml.PipelineModel
        From the columns of `inputs` to `features` and the prediction.
    inputs : tuple of InputColumn
        The columns it reads.
    features : str
        The pipeline's column of features.
    outputs : mapping of str to str
        Names to show, by the pipeline's own: the prediction first, then what is hidden by default.
    clause : TransformList or None
        The TRANSFORM it was trained with.
    """

    modelType: str
    pipeline: PipelineModel
    inputs: tuple[InputColumn, ...]
    features: str
    outputs: Mapping[str, str]
    clause: TransformList | None
    scorer = "sparkfl.models.fitted:open_scorer"

    @property
    def capabilities(self) -> dict[str, Callable[..., DataFrame]]:
        """What it can be asked: `predict`, `evaluate`, and what its type adds."""
        more = MODEL_TYPES[self.modelType].capabilities
        bound = {name: partial(answer, self) for name, answer in more.items()}
        return {"predict": self.predict, "evaluate": self.evaluate, **bound}

    def inputFields(self) -> list[tuple[str, str]]:
        """Return names and Spark SQL types of the columns it reads."""
        return [(i.path, i.type) for i in self.inputs]

    def predict(self, df: DataFrame, hidden: bool = False) -> DataFrame:
        """Add the prediction to all columns of a query; NULL where an input is not valid.

        Parameters
        ----------
        df : pyspark.sql.DataFrame
            The query.
        hidden : bool, default False
            Whether to show what is hidden by default.

        Raises
        ------
        SchemaError
            If the query lacks a column, or has one named like an output.
        """
        shown = dict(list(self.outputs.items())[: None if hidden else 1])
        taken = {c.lower() for c in df.columns} & {s.lower() for s in shown.values()}
        if taken:
            name = min(taken)
            raise SchemaError(
                f"The query has a column {name}, the name of an output of the model; "
                f"alias it: SELECT {name} AS {name}_before, …"
            )
        scored = self._run(df)
        for inner, name in shown.items():
            scored = scored.withColumn(name, F.when(F.col(_VALID), F.col(inner)))
        return scored.drop(*[c for c in scored.columns if c.startswith(INTERNAL)])

    def evaluate(self, df: DataFrame) -> DataFrame:
        """Return the metrics of the model's type over a query, in one row."""
        scored = self._run(df).where(F.col(_VALID))
        return MODEL_TYPES[self.modelType].evaluate(scored, self.features, PREDICTION)

    def _run(self, df: DataFrame) -> DataFrame:
        """Add the pipeline's columns, and whether each row's inputs are valid."""
        sources = bind(df, self.inputs)
        df = df.withColumn(_VALID, all_valid(self.inputs, sources))
        return self.pipeline.transform(clean(df, self.inputs, sources))

    def write(self, directory: Path) -> None:
        """Write the model into an empty directory of the driver."""
        content = {
            "modelType": self.modelType,
            "inputs": [asdict(i) for i in self.inputs],
            "features": self.features,
            "outputs": dict(self.outputs),
            "transform": self.clause.to_json() if self.clause else None,
        }
        (directory / "model.json").write_text(json.dumps(content, indent=1))
        save_pipeline(self.pipeline, directory / "pipeline")

    @classmethod
    def read(cls, directory: Path) -> SqlModel:
        """Read what `write` wrote; needs a running session."""
        content = json.loads((directory / "model.json").read_text())
        return cls(
            modelType=content["modelType"],
            pipeline=load_pipeline(directory / "pipeline"),
            inputs=tuple(InputColumn(**i) for i in content["inputs"]),
            features=content["features"],
            outputs=content["outputs"],
            clause=TransformList.from_json(content["transform"]) if content["transform"] else None,
        )


class _PandasScorer:
    """Scores pandas frames with a session of its own, or the one that runs."""

    def __init__(self, directory: Path) -> None:
        from pyspark.sql import SparkSession

        self._spark = SparkSession.builder.getOrCreate()
        self._model = SqlModel.read(directory)

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the frame with the model's outputs."""
        return self._model.predict(self._spark.createDataFrame(frame)).toPandas()


def open_scorer(directory: Path) -> _PandasScorer:
    """Return what `mlflow.pyfunc` scores pandas frames with."""
    return _PandasScorer(directory)
