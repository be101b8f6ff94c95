"""Aggregations of events, one family a file, one aggregation a row; numpy only."""

from __future__ import annotations

from sparkfl.features.aggregations.counts import COUNTS
from sparkfl.features.aggregations.function import AggregateFunction
from sparkfl.features.aggregations.moments import MOMENTS
from sparkfl.features.aggregations.percentiles import PERCENTILES
from sparkfl.features.aggregations.purchases import PURCHASES
from sparkfl.features.aggregations.recency import RECENCY
from sparkfl.features.aggregations.rows import Rows
from sparkfl.features.aggregations.series import SERIES
from sparkfl.features.aggregations.tiles import Tiles
from sparkfl.features.aggregations.windows import DAY

__all__ = ["AGGREGATIONS", "DAY", "AggregateFunction", "Rows", "Tiles"]

AGGREGATIONS: dict[str, AggregateFunction] = {
    **COUNTS,
    **MOMENTS,
    **PERCENTILES,
    **SERIES,
    **RECENCY,
    **PURCHASES,
}
"""All aggregations by name."""
