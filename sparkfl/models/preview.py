"""TRANSFORM without a model: what it makes of a query's rows, and of others later."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pyspark.ml import PipelineModel
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from sparkfl.columns import (
    InputColumn,
    bind,
    case_sensitive,
    check_names,
    check_taken,
    resolve,
    resolve_all,
)
from sparkfl.errors import ParameterError, SchemaError
from sparkfl.execution.cached import cached
from sparkfl.formats import FORMAT, check_format
from sparkfl.models.fit import fit_steps
from sparkfl.models.inputs import Inputs
from sparkfl.models.names import LABEL, ROW, VALID
from sparkfl.models.pipeline import declared
from sparkfl.models.run import Shown, run, transformed
from sparkfl.models.sizes import sized, width_of
from sparkfl.models.staging import load_pipeline, save_pipeline
from sparkfl.models.steps import Guards
from sparkfl.models.tasks import Label
from sparkfl.registry import Field
from sparkfl.transforms.clause import TransformList

__all__ = ["TRANSFORM", "SqlTransform", "fit_transform"]

_WIDE, _AT_ONCE, _MOST = 2**15, 4096, 2**27
"""Elements of a row that always fit, rows that Spark reads at once, and numbers of a gigabyte."""
TRANSFORM = "transform"
"""The type of what is registered of CREATE TABLE … TRANSFORM."""


@dataclass(frozen=True)
class SqlTransform:
    """The fitted stages of a TRANSFORM clause.

    Attributes
    ----------
    pipeline : pyspark.ml.PipelineModel
        The stages.
    inputs : Inputs
        The columns they read.
    guards : Guards
        What they do not take.
    shown : Shown
        Kind and column of each alias.
    clause : TransformList
        The clause.
    """

    pipeline: PipelineModel
    inputs: Inputs
    guards: Guards
    shown: Shown
    clause: TransformList
    modelType = TRANSFORM
    readers = {
        "scorer": "sparkfl.models.scorer:open_scorer",
        "reader": "sparkfl.models.preview:SqlTransform.read",
    }

    @property
    def columns(self) -> tuple[InputColumn, ...]:
        """The columns of a query that it reads."""
        return self.inputs.columns

    def inputFields(self) -> list[Field]:
        """Return the columns it reads."""
        return [Field(c.name, c.type) for c in self.inputs.columns]

    def transform(self, df: DataFrame) -> DataFrame:
        """Add what the clause makes to all columns of a query; NULL where an input is not valid.

        Raises
        ------
        SchemaError
            If the query lacks a column, or has one named like an alias.
        """
        return transformed(df, self.inputs, self.pipeline.stages, self.guards, self.shown)

    predict = transform

    def check_size(self, df: DataFrame) -> None:
        """Refuse vectors that are too wide to be kept as arrays, zeros and all.

        Spark reads thousands of rows of a table at a time.

        Raises
        ------
        ParameterError
            If so many of them do not fit into a gigabyte.
        """
        made = run(df, bind(df, self.columns), self.inputs, self.pipeline.stages, self.guards)
        vectors = {alias: name for alias, (kind, name) in self.shown.items() if kind == "vector"}
        widths = {alias: width_of(made, name) for alias, name in vectors.items()}
        whole = sum(widths.values())
        if whole <= _WIDE or (rows := min(df.count(), _AT_ONCE)) * whole <= _MOST:
            return
        wide = {alias: n for alias, n in widths.items() if n == max(widths.values())}
        raise ParameterError(
            f"{' and '.join(wide)} of TRANSFORM have {max(wide.values())} elements a row; as "
            f"arrays {rows} rows of all vectors take {rows * whole * 8 / 2**30:.1f} GB, which "
            "Spark reads at once. Make them shorter, as tf_idf(tokens, 1000) does, or train by "
            "CREATE MODEL, which keeps vectors sparse."
        )

    def write(self, directory: Path) -> None:
        """Write it into an empty directory of the driver."""
        content = {
            "format": FORMAT,
            "modelType": self.modelType,
            "inputs": self.inputs.to_json(),
            "guards": self.guards.to_json(),
            "shown": {alias: list(made) for alias, made in self.shown.items()},
            "transform": self.clause.to_json(),
        }
        (directory / "model.json").write_text(json.dumps(content, indent=1))
        save_pipeline(self.pipeline, directory / "pipeline")

    @classmethod
    def read(cls, directory: Path, _session: SparkSession | None = None) -> SqlTransform:
        """Read what `write` wrote; needs a running session."""
        content: Mapping[str, Any] = json.loads((directory / "model.json").read_text())
        check_format(content.get("format"), f"The model in {directory}")
        return cls(
            pipeline=load_pipeline(directory / "pipeline"),
            inputs=Inputs.from_json(content["inputs"]),
            guards=Guards.from_json(content["guards"]),
            shown={alias: (kind, column) for alias, (kind, column) in content["shown"].items()},
            clause=TransformList.from_json(content["transform"]),
        )


def fit_transform(df: DataFrame, clause: TransformList, label: str = "") -> SqlTransform:
    """Fit what a TRANSFORM clause declares, all of its items.

    Rows whose inputs are not valid are not learnt from.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query.
    clause : TransformList
        The clause; its last item may be of any kind.
    label : str, default ''
        A column of 0 and 1, for transformers that learn from a label.

    Raises
    ------
    ParameterError
        If a transformer is unknown, its arguments are wrong, or it wants a label and there is none.
    SchemaError
        If the query lacks a column, or has no valid row.
    """
    check_names(df.columns)
    pipeline, shown = declared(clause, df.schema, case_sensitive=case_sensitive(df), keeps_all=True)
    check_taken(df.columns, shown)
    if pipeline.labelled and not label:
        raise ParameterError(
            f"{pipeline.labelled[0]} learns from a label, which a table has none of. Leave it out, "
            "or use it in CREATE MODEL."
        )
    found = resolve_all(df, [c.path for c in pipeline.inputs.columns])
    selected = [pipeline.inputs.pack(found).alias(ROW), F.lit(True).alias(VALID)]
    if label:
        selected.append(resolve(df, label).column.cast("double").alias(LABEL))
    with cached(df.select(*selected)) as rows:
        inputs = sized(rows, pipeline.inputs)
        measured = rows.agg(
            F.count_if(inputs.valid()), *[aggregate for _, aggregate in inputs.imputations()]
        ).first()
        assert measured is not None
        valid, *values = measured
        if not valid:
            raise SchemaError(
                "No row of the query has valid values in all columns that TRANSFORM reads: there "
                "is nothing to learn from. Check its FROM and WHERE, or impute."
            )
        inputs = inputs.imputed(values)
        learnt = Label("number", (0.0, 1.0)) if label else None
        usable = rows.where(inputs.valid())
        if label:
            usable = usable.withMetadata(
                LABEL, {"ml_attr": {"type": "nominal", "vals": ["0", "1"]}}
            )
        fitted = fit_steps(usable, replace(pipeline, inputs=inputs), skip=True, label=learnt)
    return SqlTransform(PipelineModel([*fitted.stages]), inputs, fitted.guards, shown, clause)
