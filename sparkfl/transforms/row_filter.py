"""Stages that say which rows a model learns from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["RowFilter"]


class RowFilter:
    """A fitted stage that may leave rows out of a training; such rows have no prediction."""

    @property
    def filters(self) -> bool:
        """Whether it leaves any out."""
        raise NotImplementedError

    def kept_sql(self, array: str, group: str = "") -> str:
        """Write whether a row is kept, of its array and the text of its group."""
        raise NotImplementedError

    def marked(self, df: DataFrame, valid: str) -> DataFrame:
        """Note in column `valid` which rows are kept."""
        raise NotImplementedError
