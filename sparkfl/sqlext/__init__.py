"""The Spark SQL extension: model statements and table functions."""

from __future__ import annotations

__all__: list[str] = []
