"""What a model says of a row as a function that every Spark knows."""

from __future__ import annotations

from sparkfl.models.stock.function import stock_function
from sparkfl.models.stock.value import relation_function, series_function, value_function

__all__ = ["relation_function", "series_function", "stock_function", "value_function"]
