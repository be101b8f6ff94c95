"""Web events to try sparkfl on: a real data set, and a generator with known anomalies."""

from __future__ import annotations

from sparkfl.datasets.fashion import fashion_stores, fashion_stores_anomalies
from sparkfl.datasets.retail import online_retail
from sparkfl.events.schema import XDM_EVENTS

__all__ = ["XDM_EVENTS", "fashion_stores", "fashion_stores_anomalies", "online_retail"]
