"""What each customer did in each store, as four numbers."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from sparkfl.errors import ParameterError
from sparkfl.events.period import Period
from sparkfl.events.purchases import Events, purchases

__all__ = ["FEATURES", "customer_features", "excluded_events"]

FEATURES = (
    "avg_order_value",
    "total_orders",
    "customer_lifetime",
    "days_since_last_purchase",
)
"""Names of the four features, in the order that models are trained on."""

_ORDER_VALUES = ("total", "first_item")
_DAY = 86_400_000_000


def customer_features(
    events: Events,
    start: str | date,
    end: str | date,
    orderValue: str = "total",
    timeZone: str = "UTC",
) -> DataFrame:
    """Compute the features of each customer in each store from purchases.

    One pass over the events and one shuffle. Only purchases count (a purchase id, and an item with
    ``priceTotal`` above 0). Purchases without a customer id or a store code are left out;
    :func:`excluded_events` counts them. Exact duplicates are events like any other.

    Parameters
    ----------
    events : pyspark.sql.DataFrame, str or mapping of store to either
        XDM events: ``timestamp``, ``identityMap['ECID'][0].id`` (the customer),
        ``web.webPageDetails.storeCode`` (the store), ``commerce.order.purchaseID`` and
        ``productListItems[].priceTotal``; a frame or the name of a table. A mapping holds one
        frame or table a store, whose events belong to the key, whatever store code they name.
    start, end : str, datetime.date or datetime.datetime
        Purchases of [start, end] count, both included. A date means its first instant, as in
        ``timestamp BETWEEN start AND end``.
    orderValue : {'total', 'first_item'}, default 'total'
        Whether an order is worth the sum of its items or, as in
        ``productListItems.priceTotal[0]``, its first item.
    timeZone : str, default 'UTC'
        IANA name of the zone that days are counted in and in which `start`, `end` and timestamps
        without a zone are read. The session's zone plays no part.

    Returns
    -------
    pyspark.sql.DataFrame
        One row a customer and store: ``customer_id``, ``store_id``, ``avg_order_value`` (currency
        units), ``total_orders``, ``customer_lifetime`` (days from the first purchase to the last),
        ``days_since_last_purchase`` (days to `end`), ``last_purchase_date`` (timestamp).

    Raises
    ------
    ParameterError
        If `orderValue`, `timeZone`, `start` or `end` cannot be read, or `start` is after `end`.
    SchemaError
        If the events lack a field.

    Examples
    --------
    >>> from sparkfl.datasets import online_retail
    >>> features = customer_features(online_retail(spark), "2010-12-01", "2011-12-10")
    >>> features.where("customer_id = '12347'").select(*FEATURES[1:]).show()
    +------------+-----------------+------------------------+
    |total_orders|customer_lifetime|days_since_last_purchase|
    +------------+-----------------+------------------------+
    |           7|              365|                       3|
    +------------+-----------------+------------------------+
    """
    if orderValue not in _ORDER_VALUES:
        raise ParameterError(
            f"Unknown orderValue {orderValue!r}; choose one of {', '.join(_ORDER_VALUES)}."
        )
    period = Period.parse(start, end, timeZone)
    known = purchases(events, period).dropna(subset=["customer_id", "store_id"])
    first, last = sf.min("timestamp"), sf.max("timestamp")
    last_day = _day(last, timeZone)
    end_day = _day(sf.timestamp_micros(sf.lit(period.end)), timeZone)
    return known.groupBy("customer_id", "store_id").agg(
        sf.avg(orderValue).alias("avg_order_value"),
        sf.count(sf.lit(1)).alias("total_orders"),
        (last_day - _day(first, timeZone)).cast("int").alias("customer_lifetime"),
        (end_day - last_day).cast("int").alias("days_since_last_purchase"),
        last.alias("last_purchase_date"),
    )


def excluded_events(
    events: Events, start: str | date, end: str | date, timeZone: str = "UTC"
) -> DataFrame:
    """Count the purchases that :func:`customer_features` leaves out.

    Parameters
    ----------
    events, start, end, timeZone
        As given to :func:`customer_features`.

    Returns
    -------
    pyspark.sql.DataFrame
        One row a store: ``store_id`` (NULL for purchases without a store code), ``purchases`` in
        the period, and how many of them have no customer id (``without_customer``) or no store
        code (``without_store``).

    Examples
    --------
    >>> from sparkfl.datasets import online_retail
    >>> counts = excluded_events(online_retail(spark), "2010-12-01", "2011-12-10")
    >>> counts.where("store_id = 'EIRE'").show()
    +--------+---------+----------------+-------------+
    |store_id|purchases|without_customer|without_store|
    +--------+---------+----------------+-------------+
    |    EIRE|      288|              28|            0|
    +--------+---------+----------------+-------------+
    """
    return (
        purchases(events, Period.parse(start, end, timeZone))
        .groupBy("store_id")
        .agg(
            sf.count(sf.lit(1)).alias("purchases"),
            sf.count_if(sf.col("customer_id").isNull()).alias("without_customer"),
            sf.count_if(sf.col("store_id").isNull()).alias("without_store"),
        )
    )


def _day(timestamp: Column, time_zone: str) -> Column:
    """Days since 1970-01-01 in a zone, without the session's zone that ``datediff`` goes by."""
    return sf.floor(sf.unix_micros(sf.from_utc_timestamp(timestamp, time_zone)) / _DAY)
