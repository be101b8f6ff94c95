"""Random numbers as functions of a seed and keys, the same however rows are partitioned."""

from __future__ import annotations

from math import log, pi

from pyspark.sql import Column
from pyspark.sql import functions as sf

__all__ = ["HashedRandom"]


class HashedRandom:
    """Source of random columns that depend on a seed and on keys, never on a row's place.

    Spark's ``rand`` numbers the rows of each partition; these hash the keys instead, so that a
    row gets the same numbers on one core and on a thousand.

    Parameters
    ----------
    seed : int
        Seed of all draws.
    *keys : pyspark.sql.Column
        What identifies the thing that numbers are drawn for.

    Examples
    --------
    >>> draw = HashedRandom(7, sf.col("id"))
    >>> frame = spark.range(1000)
    >>> few, many = frame.coalesce(1), frame.repartition(7)
    >>> x = draw.uniform("height").alias("x")
    >>> few.select(x).exceptAll(many.select(x)).count()
    0
    """

    def __init__(self, seed: int, *keys: Column) -> None:
        self._keys = (sf.lit(seed), *keys)

    def at(self, *keys: Column) -> HashedRandom:
        """Return a source that is keyed by `keys` as well."""
        source = HashedRandom(0)
        source._keys = (*self._keys, *keys)
        return source

    def bits(self, name: str) -> Column:
        """Draw 64 random bits, as a signed integer."""
        return sf.xxhash64(*self._keys, sf.lit(name))

    def uniform(self, name: str) -> Column:
        """Draw from the open interval (0, 1)."""
        return (sf.shiftrightunsigned(self.bits(name), 11) + 0.5) * 2.0**-53

    def integer(self, name: str, below: int) -> Column:
        """Draw one of 0, 1, ..., `below` - 1."""
        return sf.floor(self.uniform(name) * below)

    def normal(self, name: str) -> Column:
        """Draw from the standard normal distribution, by Box and Muller (1958)."""
        radius = sf.sqrt(sf.log(self.uniform(name + " radius")) * -2.0)
        return radius * sf.cos(self.uniform(name + " angle") * (2.0 * pi))

    def geometric(self, name: str, mean: float) -> Column:
        """Draw a count from 0 on of the geometric distribution with the given mean."""
        return sf.floor(sf.log(self.uniform(name)) / log(mean / (mean + 1.0)))
