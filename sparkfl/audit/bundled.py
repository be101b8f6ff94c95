"""Customers of the bundled shops, without Spark: what attacks are tried on by default."""

from __future__ import annotations

from importlib.resources import files

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from sparkfl.statistics.summary import Matrix

__all__ = ["bundled_shops"]

_DAY = 86_400_000_000
_END = np.datetime64("2011-12-10", "us").astype(np.int64) // _DAY


def bundled_shops() -> dict[str, Matrix]:
    """Compute the features of the customers of UCI Online Retail, by shop.

    The four features of `sparkfl.features.customer_features`, in their order: mean value of an
    order, orders, days from the first to the last of them, days since.

    Returns
    -------
    dict of str to numpy.ndarray, shape (customers, 4)
        In the order of the shops' names.

    Examples
    --------
    >>> shops = bundled_shops()
    >>> len(shops), sum(map(len, shops.values())), shops["Iceland"][:, 1:].tolist()
    (37, 4346, [[7.0, 365.0, 3.0]])
    """
    content = files("sparkfl.datasets").joinpath("data/online_retail.parquet").read_bytes()
    events = pq.read_table(pa.BufferReader(content))
    orders = pa.table(
        {
            "shop": _text(_field(events["web"], "webPageDetails", "storeCode")),
            "customer": _text(_customer(events["identityMap"])),
            "value": _value(events["productListItems"]),
            "day": pc.cast(pc.floor(pc.divide(_micros(events), float(_DAY))), pa.int64()),
            "order": _field(events["commerce"], "order", "purchaseID"),
        }
    )
    known = orders.filter((pc.field("value") > 0) & pc.field("order").is_valid())
    known = known.drop_null()
    grouped = known.group_by(["shop", "customer"]).aggregate(
        [("value", "mean"), ("value", "count"), ("day", "min"), ("day", "max")]
    )
    grouped = grouped.sort_by([("shop", "ascending"), ("customer", "ascending")])
    value, count, first, last = (
        grouped[name].to_numpy().astype(np.float64)
        for name in ("value_mean", "value_count", "day_min", "day_max")
    )
    rows = np.column_stack([value, count, last - first, _END - last])
    names, start = np.unique(grouped["shop"].to_numpy(), return_index=True)
    return dict(zip(names.tolist(), np.split(rows, start[1:]), strict=True))


def _field(column: pa.ChunkedArray, *path: str) -> pa.ChunkedArray:
    """Take a field of structs."""
    return pc.struct_field(column, list(path))


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Trim texts; a blank one is none."""
    trimmed = pc.utf8_trim_whitespace(column)
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)


def _customer(identities: pa.ChunkedArray) -> pa.Array:
    """Take the first identity of the key ``ECID``."""
    found = [dict(entry or ()).get("ECID") for entry in identities.to_pylist()]
    return pa.array([own[0]["id"] if own else None for own in found], pa.string())


def _value(items: pa.ChunkedArray) -> pa.Array:
    """Add up the prices of each order's items; 0 if none is above 0."""
    totals = []
    for order in items.to_pylist():
        prices = [float(item["priceTotal"] or 0.0) for item in order or ()]
        totals.append(sum(prices) if any(price > 0 for price in prices) else 0.0)
    return pa.array(totals, pa.float64())


def _micros(events: pa.Table) -> pa.ChunkedArray:
    """Microseconds since 1970 of each event, as doubles."""
    return pc.cast(pc.cast(events["timestamp"], pa.int64()), pa.float64())
