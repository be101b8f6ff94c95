"""Purchases of known and unknown customers, read from XDM events."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql.types import DataType, NumericType, TimestampNTZType, TimestampType

from sparkfl.columns import case_sensitive, class_name, finite
from sparkfl.errors import ParameterError
from sparkfl.events.field import field_type
from sparkfl.events.period import Period

__all__ = ["Events", "purchases"]

Events = DataFrame | str | Mapping[str, DataFrame | str]

_STORE = "web.webPageDetails.storeCode"
_REQUIRED: Mapping[str, tuple[type[DataType], ...]] = {
    "timestamp": (TimestampType, TimestampNTZType),
    "identityMap.ECID.id": (DataType,),
    _STORE: (DataType,),
    "commerce.order.purchaseID": (DataType,),
    "productListItems.priceTotal": (NumericType,),
}


def purchases(events: Events, period: Period) -> DataFrame:
    """Keep the purchases of a period, one row each, customers known or not.

    A purchase is an event with a purchase id and an item whose ``priceTotal`` is above 0. Prices
    that are NULL, NaN or infinite count as 0.

    Parameters
    ----------
    events : pyspark.sql.DataFrame, str or mapping of store to either
        See :func:`sparkfl.features.customer_features`.
    period : Period
        Interval of time to keep, both ends included.

    Returns
    -------
    pyspark.sql.DataFrame
        Columns ``store_id``, ``customer_id`` (both NULL if missing or blank), ``timestamp``,
        ``first_item`` and ``total`` (currency units).

    Raises
    ------
    ParameterError
        If `events` is neither a frame, a table's name nor a mapping of stores to at least one of
        them.
    SchemaError
        If a frame lacks a field or has it in a type that cannot be read.

    Examples
    --------
    >>> from sparkfl.datasets import online_retail
    >>> events = online_retail(spark)
    >>> purchases(events, Period.parse("2010-12-01", "2011-12-10")).count()
    19960
    """
    if isinstance(events, Mapping):
        if not events:
            raise ParameterError("events is an empty mapping; give a table for at least one store.")
        if not all(str(store).strip() for store in events):
            raise ParameterError(f"events has stores {list(events)}; give each a name.")
        frames = [_purchases(_frame(e), sf.lit(str(s)), period) for s, e in events.items()]
        return reduce(DataFrame.unionByName, frames)
    return _purchases(_frame(events), None, period)


def _frame(events: object) -> DataFrame:
    """Events as a frame."""
    if isinstance(events, DataFrame):
        return events
    if isinstance(events, str):
        return SparkSession.active().table(events)
    raise ParameterError(
        f"events is a {class_name(events)}; give a Spark DataFrame, a table's name, or a mapping "
        "of store to one of them."
    )


def _purchases(events: DataFrame, store: Column | None, period: Period) -> DataFrame:
    """Purchases of one frame, of the given store or of the store that each event names."""
    sensitive = case_sensitive(events)
    types = {
        path: field_type(events.schema, path, expected, sensitive)
        for path, expected in _REQUIRED.items()
        if store is None or path != _STORE
    }
    items = sf.col("productListItems")
    identities = sf.col("identityMap").getItem("ECID")
    rows = events.select(
        _known(store if store is not None else sf.col(_STORE)).alias("store_id"),
        _known(sf.get(identities, 0).getField("id")).alias("customer_id"),
        _instant(types["timestamp"], period.time_zone).alias("timestamp"),
        sf.coalesce(_price(sf.get(items, 0)), sf.lit(0.0)).alias("first_item"),
        sf.aggregate(
            items, sf.lit(0.0), lambda total, item: total + sf.coalesce(_price(item), sf.lit(0.0))
        ).alias("total"),
        (
            sf.col("commerce.order.purchaseID").isNotNull()
            & sf.exists(items, lambda item: _price(item) > 0)
        ).alias("purchase"),
    )
    first, last = (sf.timestamp_micros(sf.lit(end)) for end in (period.start, period.end))
    return rows.where(sf.col("timestamp").between(first, last) & sf.col("purchase")).drop(
        "purchase"
    )


def _known(identifier: Column) -> Column:
    """Text of an identifier, NULL if there is none in it."""
    text = sf.trim(identifier.cast("string"))
    return sf.when(text != "", text)


def _price(item: Column) -> Column:
    """Price of an item; NULL unless finite."""
    return finite(item.getField("priceTotal").cast("double"))


def _instant(found: DataType, time_zone: str) -> Column:
    """Instant of an event; a time without zone is read in `time_zone`, not in the session's."""
    timestamp = sf.col("timestamp")
    if isinstance(found, TimestampNTZType):
        return sf.concat(timestamp.cast("string"), sf.lit(" " + time_zone)).cast("timestamp")
    return timestamp
