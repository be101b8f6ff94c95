"""The tables of a federation as Arrow has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructField, StructType

from sparkfl.federation import schemas
from sparkfl.federation.inputs import STORE, Inputs
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["TABLES", "arrow_table", "summary_columns", "summary_of", "table_schema"]

TABLES = ("releases", "verdicts", "local_models", "global_model", "changes")
"""Tables of a federation; the rest is metadata."""


def table_schema(name: str, inputs: Inputs) -> StructType:
    """Spark schema of a table by its name in `sparkfl.federation.schemas`."""
    if name == "global_model":
        return schemas.GLOBAL_MODEL
    store = StructField(STORE, schemas.STORE_TYPES[inputs.store_type])
    schema: StructType = getattr(schemas, name)(store)
    return schema


def arrow_table(name: str, inputs: Inputs, columns: Sequence[Sequence[Any]]) -> pa.Table:
    """Build a table of the schema of that name from its columns."""
    schema = to_arrow_schema(table_schema(name, inputs))
    arrays = []
    for field, values in zip(schema, columns, strict=True):
        array = (
            values if isinstance(values, pa.ChunkedArray) else pa.array(list(values), field.type)
        )
        arrays.append(array)
    return pa.Table.from_arrays(arrays, schema=schema)


def summary_columns(summary: ClusterSummary) -> list[Sequence[Any]]:
    """Columns `n`, `mean` and `ss` of a summary."""
    return [summary.n.tolist(), summary.mean.tolist(), summary.ss.tolist()]


def summary_of(table: pa.Table) -> ClusterSummary:
    """Read the columns `n`, `mean` and `ss`."""
    n, mean, ss = (np.array(table.column(name).to_pylist()) for name in ("n", "mean", "ss"))
    return ClusterSummary(n, mean, ss)
