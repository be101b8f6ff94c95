"""How long the vectors of a query are."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sparkfl.models.inputs import Inputs

__all__ = ["sized", "width_of"]


def sized(rows: DataFrame, inputs: Inputs) -> Inputs:
    """Look up how long the vectors are, that is the longest of each."""
    vectors = inputs.vectors()
    if not vectors:
        return inputs.sized({})
    measured = rows.agg(*[F.max(F.size(v)).alias(str(p)) for p, v in vectors.items()]).first()
    assert measured is not None
    return inputs.sized({place: max(measured[str(place)] or 0, 0) for place in vectors})


def width_of(df: DataFrame, features: str) -> int:
    """Return how many features there are."""
    known = df.schema[features].metadata.get("ml_attr", {}).get("num_attrs")
    if known is None:
        row = df.select(features).first()
        known = len(row[0]) if row else 0
    return int(known)
