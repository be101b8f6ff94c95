"""What patterns that occur together say: rules, sequences, and what follows from a row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.columns import arrow_frame

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["association_rules", "follower", "sequences"]

_RULES = (
    "antecedent array<string>, consequent array<string>, confidence double, lift double, "
    "support double"
)


def association_rules(model: Any, spark: SparkSession) -> DataFrame:
    """Return a row a rule, the surest first."""
    rules = arrow_frame(spark, model.tables["rules"], _RULES)
    return rules.orderBy(F.col("confidence").desc(), F.col("support").desc())


def sequences(model: Any, spark: SparkSession) -> DataFrame:
    """Return a row a sequence, the most frequent first."""
    schema = "sequence array<array<string>>, freq bigint, support double"
    return arrow_frame(spark, model.tables["patterns"], schema).orderBy(F.col("freq").desc())


def follower(tables: Mapping[str, pa.Table]) -> Callable[[pa.Array], pa.Array]:
    """Return the function of what follows from items by the rules, and is not among them yet."""
    rules = [
        (frozenset(row["antecedent"]), row["consequent"]) for row in tables["rules"].to_pylist()
    ]

    def follow(items: pa.Array) -> pa.Array:
        told: list[list[str] | None] = []
        for own in items.to_pylist():
            if own is None:
                told.append(None)
                continue
            there = set(own)
            found = dict.fromkeys(
                item for before, after in rules if before <= there for item in after
            )
            told.append([item for item in found if item not in there])
        return pa.array(told, pa.list_(pa.string()))

    return follow
