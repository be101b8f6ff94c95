"""Generated web events of a fashion company's stores, with anomalies that are known."""

from __future__ import annotations

from datetime import date

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from sparkfl.datasets.fashion_customers import FashionMarket
from sparkfl.datasets.hashed_random import HashedRandom
from sparkfl.events.schema import XDM_EVENTS

__all__ = ["fashion_stores", "fashion_stores_anomalies"]

_PRODUCTS = (
    ("Fleece hoodie", "Lounge trousers", "Soft cardigan", "Cotton tee", "Slippers", "Pyjamas"),
    ("Running shoes", "Training shorts", "Cycling jersey", "Yoga mat", "Ski jacket", "Sports bra"),
)


def fashion_stores(
    spark: SparkSession,
    stores: int = 2,
    customers: int = 500,
    seed: int = 0,
    anomalies: float = 0.05,
    start: str | date = "2025-01-01",
    end: str | date = "2026-01-01",
) -> DataFrame:
    """Generate the events of a company's web stores.

    The first two stores are ``comfort_wear_store_view`` and ``sporty_style_store_view``, further
    ones ``store_00003`` and so on. Ordinary customers order a geometric number of times, between
    random dates, at log-normal prices. Planted in the first store and every second one after it
    are very frequent, long-standing shoppers; in the second and every second one after it, recent
    customers with purchases of high value. Around the purchases are page views, additions to the
    cart and purchases of guests without a customer id.

    A lazy plan of native expressions: the same events for a seed, however they are partitioned,
    and as many stores as the cluster can hold.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Session that gets the events.
    stores : int, default 2
        Number of stores.
    customers : int, default 500
        Number of customers a store.
    seed : int, default 0
        Another seed, other customers.
    anomalies : float, default 0.05
        Share of each store's customers that is planted, from 0 to 0.5, rounded to customers.
    start, end : str or datetime.date, default '2025-01-01' and '2026-01-01'
        Events lie in [start, end), in UTC.

    Returns
    -------
    pyspark.sql.DataFrame
        Schema :data:`sparkfl.datasets.XDM_EVENTS`.

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> events = fashion_stores(spark, customers=50)
    >>> events.groupBy("eventType").count().orderBy("eventType").show(truncate=False)
    +----------------------------+-----+
    |eventType                   |count|
    +----------------------------+-----+
    |commerce.productListAdds    |95   |
    |commerce.purchases          |389  |
    |web.webpagedetails.pageViews|245  |
    +----------------------------+-----+
    """
    market = FashionMarket.of(stores, customers, seed, anomalies, start, end)
    rows = market.table(spark)
    # A generator's output is computed once; columns would be computed anew wherever they are used.
    rows = rows.select("*", sf.inline(_happenings(seed)))
    # Stored events may have NULL anywhere: a union with no rows makes every field nullable.
    nulls = [sf.lit(None).cast(field.dataType).alias(field.name) for field in XDM_EVENTS]
    return spark.range(1).where(sf.lit(False)).select(*nulls).union(rows.select(*_fields()))


def fashion_stores_anomalies(
    spark: SparkSession,
    stores: int = 2,
    customers: int = 500,
    seed: int = 0,
    anomalies: float = 0.05,
    start: str | date = "2025-01-01",
    end: str | date = "2026-01-01",
) -> DataFrame:
    """List the customers that :func:`fashion_stores` plants as anomalies.

    Parameters
    ----------
    spark, stores, customers, seed, anomalies, start, end
        As given to :func:`fashion_stores`.

    Returns
    -------
    pyspark.sql.DataFrame
        ``store_id`` and ``customer_id`` of each planted customer.

    Examples
    --------
    >>> planted = fashion_stores_anomalies(spark, customers=50)
    >>> planted.groupBy("store_id").count().orderBy("store_id").show(truncate=False)
    +-----------------------+-----+
    |store_id               |count|
    +-----------------------+-----+
    |comfort_wear_store_view|2    |
    |sporty_style_store_view|2    |
    +-----------------------+-----+
    """
    market = FashionMarket.of(stores, customers, seed, anomalies, start, end)
    return market.table(spark).where("planted").select("store_id", "customer_id")


def _happenings(seed: int) -> Column:
    """Everything that a customer does: orders first, then visits, then orders as a guest."""

    def happening(number: Column) -> Column:
        draw = HashedRandom(seed, sf.col("id"), number)
        visit = number - sf.col("orders")
        kind = (
            sf.when(visit < 0, "order")
            .when(
                visit >= sf.col("visits"),
                sf.when(draw.uniform("id") < 0.5, "guest").otherwise("stranger"),
            )
            .when(draw.uniform("cart") < 0.3, "cart")
            .otherwise("view")
        )
        first, last = sf.col("first"), sf.col("last")
        between = first + sf.floor(draw.uniform("moment") * (last - first))
        return sf.struct(
            sf.lower(sf.lpad(sf.hex(draw.bits("token")), 16, "0")).alias("token"),
            kind.alias("kind"),
            sf.when(number == 0, first).when(number == 1, last).otherwise(between).alias("second"),
            sf.when(kind == "view", sf.array()).otherwise(_items(draw)).alias("items"),
        )

    count = sf.col("orders") + sf.col("visits") + sf.col("guest_orders")
    return sf.transform(sf.sequence(sf.lit(0), count - 1), happening)


def _items(draw: HashedRandom) -> Column:
    """Items of an order or a cart: one or a few, prices rounded to cents."""
    line = (sf.col("store") % len(_PRODUCTS)).cast("int")
    names = sf.array(*(sf.array(*map(sf.lit, products)) for products in _PRODUCTS))

    def item(place: Column) -> Column:
        at = draw.at(place)
        product = at.integer("product", len(_PRODUCTS[0])).cast("int")
        quantity = sf.when(at.uniform("quantity") < 0.15, 2).otherwise(1).cast("bigint")
        price = sf.exp(sf.col("log_price") + at.normal("price") * 0.45)
        return sf.struct(
            sf.format_string("SKU-%d-%d", line, product).alias("SKU"),
            sf.get(sf.get(names, line), product).alias("name"),
            quantity.alias("quantity"),
            sf.round(price * quantity, 2).alias("priceTotal"),
            sf.lit("USD").alias("currencyCode"),
        )

    count = sf.least(draw.geometric("items", 1.2) + 1, sf.lit(8))
    return sf.transform(sf.sequence(sf.lit(1), count), item)


def _fields() -> list[Column]:
    """Fields of the event that tells of a happening."""
    kind = sf.col("kind")
    ordered = kind.isin("order", "guest", "stranger")
    unknown = kind.isin("guest", "stranger")
    identity = sf.struct(
        sf.when(~unknown, sf.col("customer_id")).alias("id"),
        sf.when(unknown, "ambiguous").otherwise("authenticated").alias("authenticatedState"),
        sf.lit(True).alias("primary"),
    )
    identities = sf.map_from_arrays(
        sf.when(kind == "stranger", sf.array()).otherwise(sf.array(sf.lit("ECID"))),
        sf.when(kind == "stranger", sf.array()).otherwise(sf.array(sf.array(identity))),
    )
    total = sf.aggregate("items", sf.lit(0.0), lambda sum, item: sum + item["priceTotal"])
    order = sf.struct(
        sf.concat(sf.lit("order-"), "token").alias("purchaseID"),
        sf.round(total, 2).alias("priceTotal"),
        sf.lit("USD").alias("currencyCode"),
    )
    bought = sf.struct(sf.lit(1.0).alias("value"))
    page = sf.struct(sf.col("store_id").alias("storeCode"))
    return [
        sf.concat(sf.lit("event-"), "token").alias("_id"),
        sf.timestamp_seconds("second").alias("timestamp"),
        sf.when(ordered, "commerce.purchases")
        .when(kind == "cart", "commerce.productListAdds")
        .otherwise("web.webpagedetails.pageViews")
        .alias("eventType"),
        identities.alias("identityMap"),
        sf.struct(page.alias("webPageDetails")).alias("web"),
        sf.when(ordered, sf.struct(bought.alias("purchases"), order.alias("order"))).alias(
            "commerce"
        ),
        sf.col("items").alias("productListItems"),
    ]
