"""All customers of a store in one row, as a store keeps them for its local training."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from sparkfl.errors import SchemaError
from sparkfl.features.churn import churn_label
from sparkfl.features.customer import FEATURES

__all__ = ["store_features"]

_STANDARDIZED = tuple(f"standardized_{name}" for name in FEATURES)


def store_features(standardized: DataFrame) -> DataFrame:
    """Gather the standardized features of each store into an array.

    Every row of the result holds a whole store: a shape for SQL that names a store at a time, not
    for stores of millions of customers, who are better trained on row by row.

    Parameters
    ----------
    standardized : pyspark.sql.DataFrame
        Output of :func:`sparkfl.features.standardize` for the four features; ``churn_label`` is
        added if it is not there.

    Returns
    -------
    pyspark.sql.DataFrame
        One row a store: ``store_id``, ``model_name`` (``churn_prediction_lr_`` and the store),
        ``store_features`` (array of structs ``customer_id``, the four standardized features,
        ``churn_label``, in the order of the customer ids).

    Raises
    ------
    SchemaError
        If a column is missing.

    Examples
    --------
    >>> from sparkfl.datasets import online_retail
    >>> from sparkfl.features import customer_features, standardize
    >>> features = customer_features(online_retail(spark), "2010-12-01", "2011-12-10")
    >>> stores = store_features(standardize(features))
    >>> stores.selectExpr("store_id", "size(store_features) n").where("store_id = 'EIRE'").show()
    +--------+---+
    |store_id|  n|
    +--------+---+
    |    EIRE|  3|
    +--------+---+
    """
    wanted = ("store_id", "customer_id", *_STANDARDIZED)
    missing = [name for name in wanted if name not in standardized.columns]
    if missing:
        raise SchemaError(
            f"The frame lacks {missing}; give the output of standardize. "
            f"It has {standardized.columns}."
        )
    if "churn_label" not in standardized.columns:
        standardized = churn_label(standardized)
    customer = sf.struct("customer_id", *_STANDARDIZED, "churn_label")
    return standardized.groupBy("store_id").agg(
        sf.concat(sf.lit("churn_prediction_lr_"), sf.col("store_id")).alias("model_name"),
        sf.sort_array(sf.collect_list(customer)).alias("store_features"),
    )
