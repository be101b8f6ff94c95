"""Run a fitted pipeline over a query, as a plan."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pyspark.ml.functions import vector_to_array
from pyspark.sql import functions as F

from sparkfl.columns import bind, check_names, check_taken, without_internal
from sparkfl.models.names import ROW, VALID
from sparkfl.models.steps import Guards, run_stage

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

    from sparkfl.columns import Found
    from sparkfl.models.inputs import Inputs

__all__ = ["Shown", "run", "run_packed", "shown_items", "transformed"]

Shown = Mapping[str, tuple[str, str]]
"""Kind and column of the pipeline of each alias of TRANSFORM."""


def run(
    df: DataFrame, sources: Sequence[Found], inputs: Inputs, stages: Iterable[Any], guards: Guards
) -> DataFrame:
    """Add a pipeline's columns, and whether each row's inputs are valid.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        The query.
    sources : sequence of Found
        Its columns that are the pipeline's inputs.
    inputs : Inputs
        How they are read.
    stages : iterable
        Fitted stages.
    guards : Guards
        What they do not take.
    """
    df = df.withColumn(ROW, inputs.pack(sources)).withColumn(VALID, F.lit(True))
    return run_packed(df, inputs, stages, guards)


def run_packed(rows: DataFrame, inputs: Inputs, stages: Iterable[Any], guards: Guards) -> DataFrame:
    """Add a pipeline's columns to packed rows, of which some may be known not to be valid."""
    df = inputs.read(rows.withColumn(VALID, F.col(VALID) & inputs.valid()))
    for stage in stages:
        df = run_stage(df, stage, guards)
    return df


def transformed(
    df: DataFrame, inputs: Inputs, stages: Iterable[Any], guards: Guards, shown: Shown
) -> DataFrame:
    """Add what TRANSFORM makes to all columns of a query; NULL where an input is not valid.

    Raises
    ------
    SchemaError
        If the query lacks a column, or has one named like an alias.
    """
    check_names(df.columns)
    check_taken(df.columns, shown)
    made = run(df, bind(df, inputs.columns), inputs, stages, guards)
    return without_internal(made.withColumns(shown_items(shown)))


def shown_items(shown: Shown) -> dict[str, Column]:
    """Return what TRANSFORM makes, by alias: vectors as arrays, NULL in a row that is not valid."""
    columns = {}
    for alias, (kind, name) in shown.items():
        value = F.col(name)
        if kind == "vector":
            value = vector_to_array(value)
        elif kind == "boolean":
            value = value.cast("boolean")
        columns[alias] = F.when(F.col(VALID), value)
    return columns
