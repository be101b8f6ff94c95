"""Topics: the prediction is the most probable topic of a row of counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.ml.functions import vector_to_array
from pyspark.sql import functions as F

from sparkfl.metrics.topics import log_perplexity
from sparkfl.models.names import inner
from sparkfl.models.tasks.task import Label, Scored, Task
from sparkfl.options import Option

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame

__all__ = ["TOPICS"]

_TOPICS = inner("topicDistributionCol")


def _predict() -> Column:
    """Return the place of the most probable topic."""
    shares = vector_to_array(F.col(_TOPICS))
    return (F.array_position(shares, F.array_max(shares)) - 1).cast("int")


def _evaluate(scored: Scored, _label: Label | None) -> DataFrame:
    topics = scored.fitted.topicsMatrix().toArray()
    return log_perplexity(scored.rows, scored.features, _TOPICS, topics)


TOPICS = Task(
    "topics",
    "`log_perplexity`, the mean of the negative logarithm of a token's probability, given the "
    "topics of its row; what MLlib gives under that name is an upper bound of it.",
    _evaluate,
    ("predictionCol", "topicDistributionCol"),
    options=(
        Option(
            "predictionCol",
            "column",
            "prediction",
            "The column of the most probable topic, from 0.",
        ),
    ),
    derived={"predictionCol": _predict},
    returns="int",
)
