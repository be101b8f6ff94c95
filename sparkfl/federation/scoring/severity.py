"""The severity of a score: its place among the training customers' scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from sparkfl.columns import INTERNAL
from sparkfl.execution.numbers import Numbers
from sparkfl.federation.scoring.score_bin import score_place

if TYPE_CHECKING:
    from pyspark.sql import Column

    from sparkfl.statistics.severity import ScoreDistribution

__all__ = ["severity"]

_BIN, _POINT = f"{INTERNAL}bin", f"{INTERNAL}point"


def severity(score: Column, scores: ScoreDistribution) -> dict[str, Column]:
    """Columns that say where a score stands: `ScoreDistribution.severity` in Spark.

    A column may refer to those before it.

    Parameters
    ----------
    score : pyspark.sql.Column
        Score from 0 up.
    scores : ScoreDistribution
        Those of the training customers.
    """
    first, points, values = scores.table
    # The last point twice: there is always a next one.
    table = F.expr(Numbers(np.append(values, values[-1])).sql)
    bin_, point = F.col(_BIN), F.col(_POINT)
    lower = F.floor(point).cast("int")
    inside = F.get(table, lower) + (point - lower) * (F.get(table, lower + 1) - F.get(table, lower))
    beyond = 100 - F.lit(scores.top) * F.exp((F.lit(scores.edge) - bin_) / F.lit(scores.decay))
    ranked = F.when(bin_ >= F.lit(scores.edge), beyond).otherwise(inside)
    return {
        _BIN: score_place(score),
        _POINT: F.least(
            F.greatest((bin_ - F.lit(first)) * F.lit(points), F.lit(0.0)),
            F.lit(float(len(values) - 1)),
        ),
        "anomaly_severity": F.when(bin_.isNotNull(), ranked),
    }
