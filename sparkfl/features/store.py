"""All customers of a store in one row, as a store keeps them for its local training."""

from __future__ import annotations

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from sparkfl.columns import check_taken, find, resolve_all
from sparkfl.features.churn import churn_label
from sparkfl.features.customer import FEATURES

__all__ = ["store_features"]

_STANDARDIZED = tuple(f"standardized_{name}" for name in FEATURES)


def store_features(
    standardized: DataFrame, storeCol: str = "store_id", customerCol: str = "customer_id"
) -> DataFrame:
    """Gather the standardized features of each store into an array.

    Every row of the result holds a whole store: a shape for SQL that names a store at a time, not
    for stores of millions of customers, who are better trained on row by row.

    Parameters
    ----------
    standardized : pyspark.sql.DataFrame
        Output of :func:`sparkfl.features.standardize` for the four features; ``churn_label`` is
        added if it is not there.
    storeCol : str, default 'store_id'
        Column of the store.
    customerCol : str, default 'customer_id'
        Column of the customer.

    Returns
    -------
    pyspark.sql.DataFrame
        One row a store: the store column, ``model_name`` (``churn_prediction_lr_`` and the store),
        ``store_features`` (array of structs of the customer column, the four standardized features
        and ``churn_label``, in the order of the customers).

    Raises
    ------
    SchemaError
        If a column is missing, or named like another one of the result.

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
    names = (storeCol, customerCol, *_STANDARDIZED)
    store, customer, *scores = resolve_all(standardized, names, "The output of standardize")
    check_taken([store.name], ["model_name", "store_features"])
    check_taken([customer.name], [*_STANDARDIZED, "churn_label"])
    if find(standardized.schema, "churn_label") is None:
        standardized = churn_label(standardized)
    (label,) = resolve_all(standardized, ["churn_label"])
    told = (c.column.alias(c.name) for c in (customer, *scores))
    row = sf.struct(*told, label.column.alias("churn_label"))
    return standardized.groupBy(store.column.alias(store.name)).agg(
        sf.concat(sf.lit("churn_prediction_lr_"), store.column.cast("string")).alias("model_name"),
        sf.sort_array(sf.collect_list(row)).alias("store_features"),
    )
