"""Imaginary customers of a fashion company's stores, the planted anomalies among them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from numbers import Integral, Real
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as sf

from sparkfl.datasets.hashed_random import HashedRandom
from sparkfl.errors import ParameterError
from sparkfl.events.period import Period

__all__ = ["FashionMarket"]

_LARGEST = 2**63 - 1
"""The largest integer of Spark."""
_NAMED_STORES = ("comfort_wear_store_view", "sporty_style_store_view")


@dataclass(frozen=True)
class FashionMarket:
    """What decides every customer of the generated stores.

    Parameters
    ----------
    stores, customers : int
        Number of stores, and of customers in each.
    seed : int
        Seed of all draws.
    anomalies : float
        Share of each store's customers that is planted.
    period : Period
        Time in which the customers act.

    Examples
    --------
    >>> market = FashionMarket.of(2, 50, 0, 0.1, "2025-01-01", "2026-01-01")
    >>> market.table(spark).where("planted").count()
    10
    """

    stores: int
    customers: int
    seed: int
    anomalies: float
    period: Period

    @classmethod
    def of(
        cls,
        stores: int,
        customers: int,
        seed: int,
        anomalies: float,
        start: str | date,
        end: str | date,
    ) -> FashionMarket:
        """Check the arguments of :func:`sparkfl.datasets.fashion_stores`."""
        if not _between(anomalies, 0, 0.5, Real):
            raise ParameterError(f"anomalies is {anomalies!r}; give a share from 0 to 0.5.")
        for name, value, least in (
            ("stores", stores, 1),
            ("customers", customers, 1),
            ("seed", seed, -_LARGEST),
        ):
            if not _between(value, least, _LARGEST, Integral):
                raise ParameterError(
                    f"{name} is {value!r}; give an integer from {least} to {_LARGEST}."
                )
        period = Period.parse(start, end)
        return cls(int(stores), int(customers), int(seed), float(anomalies), period)

    def table(self, spark: SparkSession) -> DataFrame:
        """Describe each customer by one row.

        Returns
        -------
        pyspark.sql.DataFrame
            ``id``, ``store`` (number from 0), ``store_id``, ``customer_id``, ``planted``,
            ``orders``, ``visits`` and ``guest_orders`` (counts), ``first`` and ``last`` purchase
            (seconds since the epoch), ``log_price`` (mean log price of an item).
        """
        number = sf.col("id")
        store = sf.floor(number / self.customers)
        # A block of consecutive numbers from a random one on: as many in every store.
        draw = HashedRandom(self.seed, number)
        shift = HashedRandom(self.seed, store).integer("planted", self.customers)
        place = (number - store * self.customers + shift) % self.customers
        planted = place < round(self.anomalies * self.customers)
        rows = spark.range(self.stores * self.customers).select(
            number,
            store.alias("store"),
            _store_id(store).alias("store_id"),
            sf.lower(sf.lpad(sf.hex(draw.bits("customer")), 16, "0")).alias("customer_id"),
            planted.alias("planted"),
            (planted & (store % 2 == 0)).alias("frequent"),
            (planted & (store % 2 == 1)).alias("splurging"),
        )
        first, last = self._span(draw)
        return rows.select(
            "id",
            "store",
            "store_id",
            "customer_id",
            "planted",
            _orders(draw).alias("orders"),
            (draw.geometric("visits", 3.0) + 1).alias("visits"),
            (draw.uniform("guest") < 0.05).cast("int").alias("guest_orders"),
            first.alias("first"),
            last.alias("last"),
            self._log_price(draw).alias("log_price"),
        )

    def _span(self, draw: HashedRandom) -> tuple[Column, Column]:
        """First and last purchase: anywhere, the planted at the edges that betray them."""
        start, end = self.period.start // 1_000_000, self.period.end // 1_000_000
        joined, left = draw.uniform("joined"), sf.sqrt(draw.uniform("left"))
        first = (
            sf.when(sf.col("frequent"), joined * 0.12)
            .when(sf.col("splurging"), 0.9 + joined * 0.08)
            .otherwise(joined * 0.97)
        )
        last = sf.when(sf.col("frequent"), 0.85 + left * 0.13).otherwise(
            first + (0.98 - first) * left
        )
        return sf.floor(first * (end - start)) + start, sf.floor(last * (end - start)) + start

    def _log_price(self, draw: HashedRandom) -> Column:
        """Mean log price of an item: the store's level, the customer's taste, the splurge."""
        level = HashedRandom(self.seed, sf.col("store")).normal("level") * 0.25 + 3.4
        splurge = sf.when(sf.col("splurging"), draw.uniform("splurge") * 0.8 + 2.2).otherwise(0.0)
        return level + draw.normal("taste") * 0.35 + splurge


def _between(value: Any, least: float, most: float, kind: Any) -> bool:
    """Tell whether a value is a number of a kind and in its range."""
    return isinstance(value, kind) and not isinstance(value, bool) and least <= value <= most


def _store_id(store: Column) -> Column:
    """Name of a store: the two of the company's story, then by number."""
    names = sf.array(*(sf.lit(name) for name in _NAMED_STORES))
    numbered = sf.format_string("store_%05d", store + 1)
    return sf.coalesce(sf.get(names, store.cast("int")), numbered)


def _orders(draw: HashedRandom) -> Column:
    """Count of orders, at least one."""
    return (
        sf.when(sf.col("frequent"), draw.geometric("orders", 8.0) + 13)
        .when(sf.col("splurging"), draw.geometric("orders", 0.8) + 1)
        .otherwise(draw.geometric("orders", 2.2) + 1)
    )
