"""The tables of a federation as Arrow has them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from pyspark.sql.pandas.types import to_arrow_schema
from pyspark.sql.types import StructField, StructType

from sparkfl.columns import matrix_of
from sparkfl.federation import schemas
from sparkfl.federation.inputs import STORE, Inputs
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

__all__ = [
    "TABLES",
    "arrow_table",
    "conformed",
    "global_table",
    "own_scaling",
    "summary_columns",
    "summary_of",
    "table_schema",
]

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


def conformed(table: pa.Table, schema: pa.Schema) -> pa.Table:
    """Bring a table that was read to a schema; columns that it was saved without are NULL."""
    for field in schema:
        if field.name not in table.column_names:
            table = table.append_column(field, pa.nulls(len(table), field.type))
    return table.select(schema.names).cast(schema)


def own_scaling(row: Mapping[str, Any]) -> Scaling | None:
    """Scaling of a row of the local models; None if the store shares one with the others."""
    if row["mean"] is None:
        return None
    again = None
    if row.get("asinh_mean") is not None:
        again = Scaling(np.array(row["asinh_mean"]), np.array(row["asinh_std"]))
    return Scaling(np.array(row["mean"]), np.array(row["std"]), again)


def global_table(clusters: ClusterSummary, inputs: Inputs) -> pa.Table:
    """Return the table of the global clusters."""
    columns = [list(range(len(clusters))), *summary_columns(clusters)]
    return arrow_table("global_model", inputs, columns)


def summary_of(table: pa.Table) -> ClusterSummary:
    """Read the columns `n`, `mean` and `ss`."""
    mean, ss = (matrix_of(table[name].combine_chunks()) for name in ("mean", "ss"))
    return ClusterSummary(table["n"].to_numpy(), mean, ss)
