"""Estimators that are not `pyspark.ml`'s own."""

from __future__ import annotations
