"""Ranking: the prediction is a score, and how it orders the rows of each query judges."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sparkfl.metrics.queries import queries
from sparkfl.models.names import QUERY
from sparkfl.models.tasks.regression import REGRESSION
from sparkfl.models.tasks.task import Label, Scored, label_option

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["RANKING"]


def _evaluate(scored: Scored, _label: Label | None) -> DataFrame:
    return queries(scored.rows, QUERY, scored.label, scored.prediction, scored.by)


RANKING = replace(
    REGRESSION,
    name="ranking",
    metrics="`ndcg`, the normalised discounted cumulative gain, and `map`, the mean average "
    "precision where what is above 0 is relevant: means over the queries that have such rows.",
    evaluate=_evaluate,
    outputs=("predictionCol",),
    options=(label_option("the relevance of a row to its query, a number from 0"),),
)
