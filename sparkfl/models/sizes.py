"""How long the vectors of a query are."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.errors import SchemaError
from sparkfl.models.inputs import Inputs

__all__ = ["sized", "width_of"]


def sized(rows: DataFrame, inputs: Inputs, alike: bool = False) -> Inputs:
    """Look up how long the vectors are, that is the longest of each.

    Raises
    ------
    SchemaError
        If they are to be `alike`, and those of a column are not.
    """
    vectors = inputs.vectors()
    if not vectors:
        return inputs.sized({})
    ends = [end(F.size(v)) for v in vectors.values() for end in (F.min, F.max)]
    measured = rows.agg(*ends).first()
    assert measured is not None
    sizes = {}
    for i, place in enumerate(vectors):
        least, most = (max(size or 0, 0) for size in measured[2 * i : 2 * i + 2])
        sizes[place] = most
        if alike and least < most:
            raise SchemaError(
                f"Column {inputs.columns[place].name} has arrays of {least} to {most} elements; "
                "features are as many in each row. Fill them up in the query, or leave all but the "
                "longest out by OPTIONS(HANDLE_INVALID = 'skip')."
            )
    return inputs.sized(sizes)


def width_of(df: DataFrame, features: str) -> int:
    """Return how many features there are."""
    known = df.schema[features].metadata.get("ml_attr", {}).get("num_attrs")
    if known is None:
        row = df.select(features).first()
        known = len(row[0]) if row else 0
    return int(known)
