"""The Spark plans that bring every store's rows to a worker, and its release to the driver."""

from __future__ import annotations
