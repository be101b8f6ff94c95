"""The shape of web events in the Experience Data Model, as far as features need it."""

from __future__ import annotations

from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DoubleType,
    LongType,
    MapType,
    StringType,
    StructType,
    TimestampType,
)

__all__ = ["XDM_EVENTS"]

_IDENTITY = (
    StructType()
    .add("id", StringType())
    .add("authenticatedState", StringType())
    .add("primary", BooleanType())
)
_ORDER = (
    StructType()
    .add("purchaseID", StringType())
    .add("priceTotal", DoubleType())
    .add("currencyCode", StringType())
)
_ITEM = (
    StructType()
    .add("SKU", StringType())
    .add("name", StringType())
    .add("quantity", LongType())
    .add("priceTotal", DoubleType())
    .add("currencyCode", StringType())
)

XDM_EVENTS = (
    StructType()
    .add("_id", StringType())
    .add("timestamp", TimestampType())
    .add("eventType", StringType())
    .add("identityMap", MapType(StringType(), ArrayType(_IDENTITY)))
    .add(
        "web",
        StructType().add("webPageDetails", StructType().add("storeCode", StringType())),
    )
    .add(
        "commerce",
        StructType().add("purchases", StructType().add("value", DoubleType())).add("order", _ORDER),
    )
    .add("productListItems", ArrayType(_ITEM))
)
"""Schema of every event that :mod:`sparkfl.datasets` gives."""
