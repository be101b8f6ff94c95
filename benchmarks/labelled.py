"""Labelled sets of customers in stores: files of a folder, and generated shops."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from sparkfl.datasets import fashion_stores, fashion_stores_anomalies
from sparkfl.features import FEATURES, customer_features

__all__ = ["GENERATED", "LabelledSet", "generated", "labelled"]

STORE, LABEL = "store_id", "anomaly"
GENERATED = "generated shops"
_SHOPS = {"stores": 20, "customers": 500}


@dataclass(frozen=True)
class LabelledSet:
    """Customers of stores, of which some are known to be anomalies.

    Attributes
    ----------
    name : str
        What it is called.
    frame : pandas.DataFrame
        The store, 1 for an anomaly and 0 for none, and the features.
    """

    name: str
    frame: pd.DataFrame

    @property
    def features(self) -> list[str]:
        """Names of the features."""
        return [name for name in self.frame.columns if name not in (STORE, LABEL)]

    @property
    def rows(self) -> np.ndarray:
        """Features, shape (customers, d)."""
        return self.frame[self.features].to_numpy(np.float64)

    @property
    def label(self) -> np.ndarray:
        """Whether each customer is an anomaly."""
        return self.frame[LABEL].to_numpy() == 1

    @property
    def stores(self) -> np.ndarray:
        """Store of each customer."""
        return self.frame[STORE].to_numpy()


def labelled(folder: Path) -> Iterator[LabelledSet]:
    """Read each Parquet file of a folder that has a store, a label and numbers.

    Raises
    ------
    FileNotFoundError
        If there is none.
    ValueError
        If one lacks the store or the label.
    """
    paths = sorted(folder.glob("*.parquet"))
    if not paths:
        raise FileNotFoundError(
            f"{folder} has no Parquet file. Give a folder of files with the columns {STORE}, "
            f"{LABEL} (1 or 0) and features, such as those of ADBench with a store each."
        )
    for path in paths:
        frame = pd.read_parquet(path)
        missing = {STORE, LABEL} - set(frame.columns)
        if missing:
            raise ValueError(f"{path} has no column {' and no '.join(sorted(missing))}: add it.")
        yield LabelledSet(path.stem, frame)


def generated(spark: SparkSession, seed: int) -> LabelledSet:
    """Generate shops with planted anomalies, 5 % of the customers."""
    events = fashion_stores(spark, **_SHOPS, seed=seed)
    truth = fashion_stores_anomalies(spark, **_SHOPS, seed=seed).withColumn(LABEL, F.lit(1))
    features = customer_features(events, "2025-01-01", "2026-01-01")
    known = features.join(truth, [STORE, "customer_id"], "left").orderBy(STORE, "customer_id")
    frame = known.select(STORE, F.coalesce(LABEL, F.lit(0)).alias(LABEL), *FEATURES).toPandas()
    return LabelledSet(GENERATED, frame)
