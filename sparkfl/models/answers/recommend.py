"""What matrix factorisation says: ratings, and the items that suit each user best."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyspark.sql import functions as F

from sparkfl.columns import arrow_frame, bind, matrix_of, vectorized
from sparkfl.metrics.queries import queries
from sparkfl.metrics.regression import regression
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["rater", "rating_metrics", "recommend"]

_USER, _ITEM = "userCol", "itemCol"


def rating_metrics(model: Any, query: DataFrame) -> DataFrame:
    """Judge ratings as numbers."""
    value = model.inputs["ratingCol"]
    found, user = bind(query, [value, model.inputs[_USER]])
    rows = query.select(
        found.column.alias("label"),
        model.predicted(query).alias("prediction"),
        user.column.alias("query"),
    )
    judged = regression(rows.select("label", "prediction"))
    return judged.crossJoin(queries(rows, "query"))


def recommend(model: Any, spark: SparkSession, top_k: int) -> DataFrame:
    """Return the items with the greatest ratings of each user, the best first."""
    user, item = model.inputs[_USER], model.inputs[_ITEM]
    users, items = model.tables["users"], model.tables["items"]
    names = items["id"].to_pylist()
    factors = matrix_of(items["factors"].combine_chunks())

    def best(own: pa.Array) -> pa.Array:
        ratings = matrix_of(own) @ factors.T
        k = min(top_k, len(names))
        places = np.argsort(-ratings, axis=1, kind="stable")[:, :k]
        told = [
            [
                {"item": names[place], "rating": float(row[place]), "place": rank}
                for rank, place in enumerate(chosen, 1)
            ]
            for row, chosen in zip(ratings, places, strict=True)
        ]
        return pa.array(told, _BEST)

    frame = arrow_frame(spark, users, "id string, factors array<double>")
    schema = "array<struct<item: string, rating: double, place: int>>"
    told = vectorized(best, schema)(F.col("factors"))
    rows = frame.select("id", F.explode(told).alias("best"))
    return rows.select(
        F.col("id").cast(user.type).alias(user.name),
        F.col("best").getField("item").cast(item.type).alias(item.name),
        F.col("best").getField("rating").alias("predicted_rating"),
        F.col("best").getField("place").alias("place"),
    )


_BEST = pa.list_(
    pa.struct([("item", pa.string()), ("rating", pa.float64()), ("place", pa.int32())])
)


def rater(tables: Mapping[str, pa.Table]) -> Callable[[pa.Array, pa.Array], pa.Array]:
    """Return the function that rates a batch of pairs of a user and an item.

    NULL if one of them is not known.
    """
    places = {
        name: {id_: place for place, id_ in enumerate(tables[name]["id"].to_pylist())}
        for name in ("users", "items")
    }
    factors = {name: matrix_of(tables[name]["factors"].combine_chunks()) for name in places}

    def look_up(name: str, ids: pa.Array) -> tuple[npt.NDArray[np.bool_], Matrix]:
        found = np.array([places[name].get(id_, -1) for id_ in ids.to_pylist()], np.int64)
        return found >= 0, factors[name][np.maximum(found, 0)]

    def rate(user: pa.Array, item: pa.Array) -> pa.Array:
        known, own = look_up("users", user)
        there, other = look_up("items", item)
        rating = (own * other).sum(axis=1)
        return pa.array(np.where(known & there, rating, np.nan), from_pandas=True)

    return rate
