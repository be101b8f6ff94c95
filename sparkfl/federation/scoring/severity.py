"""The severity of a score: its place among the training customers' scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sparkfl.columns import INTERNAL
from sparkfl.execution.numbers import Numbers, number_sql
from sparkfl.federation.scoring.score_bin import score_place_sql

if TYPE_CHECKING:
    from sparkfl.statistics.severity import ScoreDistribution

__all__ = ["severity"]

_BIN, _POINT, _LEVELS = (f"{INTERNAL}{name}" for name in ("bin", "point", "levels"))


def severity(score: str, scores: ScoreDistribution) -> dict[str, str]:
    """Write what says where a score stands: `ScoreDistribution.severity` in Spark.

    A text may refer to the names before it.

    Parameters
    ----------
    score : str
        Name of a score from 0 up.
    scores : ScoreDistribution
        Those of the training customers.
    """
    first, points, values = scores.table
    # The last point twice: there is always a next one.
    written = Numbers(np.append(values, values[-1])).sql
    table = Numbers(column=_LEVELS)
    low, high = (table.at(f"CAST(floor({_POINT}) AS INT){next_}") for next_ in ("", " + 1"))
    inside = f"{low} + ({_POINT} - floor({_POINT})) * ({high} - {low})"
    edge, top, decay = map(number_sql, (scores.edge, scores.top, scores.decay))
    beyond = f"100 - {top} * exp(({edge} - {_BIN}) / {decay})"
    point = f"greatest(({_BIN} - {number_sql(first)}) * {number_sql(points)}, 0.0D)"
    return {
        _LEVELS: written,
        _BIN: score_place_sql(score),
        _POINT: f"least({point}, {number_sql(len(values) - 1)})",
        "anomaly_severity": f"CASE WHEN {_BIN} >= {edge} THEN {beyond} "
        f"WHEN {_BIN} IS NOT NULL THEN {inside} END",
    }
