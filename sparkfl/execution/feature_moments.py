"""Mean and variance of every element of an array column, and the gate they pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyspark.ml.functions import array_to_vector, vector_to_array
from pyspark.ml.stat import Summarizer
from pyspark.sql import functions as F

from sparkfl.local.stores import matrix
from sparkfl.privacy.moments import Behind, release_moments
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.moments import Moments

if TYPE_CHECKING:
    import pyarrow as pa
    from pyspark.sql import Column

__all__ = ["feature_moments", "told_moments"]

_COMPILED = 16
"""So many features are aggregated one by one, which Spark compiles; more of them at once."""


def feature_moments(features: Column, d: int, extremes: bool = False) -> dict[str, Column]:
    """Mean and sample variance of d features, an array of doubles each.

    Parameters
    ----------
    features : pyspark.sql.Column
        Arrays of d doubles.
    d : int
        Number of features.
    extremes : bool, default False
        Whether to add the `least` and `greatest` values, for a gate that asks for them.

    Examples
    --------
    >>> rows = spark.range(4).select(F.array(F.col("id").cast("double")).alias("x"))
    >>> rows.agg(*feature_moments(rows.x, 1).values()).first()[:]
    ([1.5], [1.6666666666666667])
    """
    if d <= _COMPILED:
        x = [F.get(features, F.lit(i)) for i in range(d)]
        found = {
            "mean": F.array(*map(F.avg, x)),
            # That of one row is 0, as `Summarizer` has it.
            "variance": F.array(*(F.coalesce(F.var_samp(v), F.lit(0.0)) for v in x)),
        }
        ends = {"least": F.array(*map(F.min, x)), "greatest": F.array(*map(F.max, x))}
        return found | ends if extremes else found
    named = {"mean": "mean", "variance": "variance"}
    named |= {"least": "min", "greatest": "max"} if extremes else {}
    summary = Summarizer.metrics(*named.values()).summary(array_to_vector(features))
    return {name: vector_to_array(summary[metric]) for name, metric in named.items()}


def told_moments(batch: pa.RecordBatch, d: int, rules: Rules) -> Moments:
    """Read what was counted of stores, a row each, through the gate; in a worker.

    Parameters
    ----------
    batch : pyarrow.RecordBatch
        `rows`, whether all of them are `equal`, and the `mean` and `variance` of `feature_moments`;
        `least` and `greatest` if the rules ask for extremes, `entities` and `most` if the rows name
        their entities.
    d : int
        Number of features.
    rules : Rules
        What is asked.
    """
    rows, equal = (batch[c].to_numpy(zero_copy_only=False) for c in ("rows", "equal"))
    mean, variance = (matrix([batch[c]], d).T for c in ("mean", "variance"))
    n = np.broadcast_to(rows[:, None], mean.shape)
    moments = Moments(n, mean, variance * (n - 1))
    return release_moments(moments, equal[:, None], rules, _behind(batch, d, rules))


def _behind(batch: pa.RecordBatch, d: int, rules: Rules) -> Behind:
    """Read who is behind the figures of stores."""
    keyed = "entities" in batch.schema.names
    entities = batch["entities" if keyed else "rows"].to_numpy(zero_copy_only=False)
    most = batch["most"].to_numpy(zero_copy_only=False) if keyed else np.ones_like(entities)
    ends = []
    if rules.dominance < 1:
        ends = [matrix([batch[name]], d).T for name in ("least", "greatest")]
    return Behind(entities[:, None], most[:, None], *ends)
