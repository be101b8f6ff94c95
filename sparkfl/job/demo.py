"""What the jobs work on when no table is named: the bundled shops, in the working directory."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from sparkfl.datasets import online_retail
from sparkfl.features import customer_features
from sparkfl.tracking import DEMO

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

__all__ = ["END", "START", "demo_features", "demo_table"]

START, END = "2010-12-01", "2011-12-10"
"""The time that the bundled events are from."""


def demo_table(name: str, format: str) -> str:
    """Return where the demo keeps a table: a path in the working directory.

    Parameters
    ----------
    name : str
        Table.
    format : str
        Its format; tables of different formats do not share a folder.

    Examples
    --------
    >>> demo_table("features", "delta")
    'demo-output/delta/features'
    """
    return Path(DEMO, format, name).as_posix()


def demo_features(spark: SparkSession) -> DataFrame:
    """Compute the features of the bundled shops' customers.

    Examples
    --------
    >>> from sparkfl.features import FEATURES
    >>> demo_features(spark).columns[2:] == [*FEATURES, "last_purchase_date"]
    True
    """
    return customer_features(online_retail(spark), START, END)
