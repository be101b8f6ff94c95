"""Codes in text files: what looks like a number, and is none."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from pyspark.sql import functions as F
from pyspark.sql.types import (
    DecimalType,
    IntegerType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from sparkfl.columns import quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

__all__ = ["with_codes"]

logger = logging.getLogger(__name__)

_WHOLE = (IntegerType, LongType, DecimalType)


def with_codes(rows: DataFrame, path: str, options: Mapping[str, str]) -> DataFrame:
    """Read columns again as text that have whole numbers with a leading zero, such as 01.

    As numbers, stores 01 and 1 would be one. Columns of whole numbers are read once for it.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        The file with inferred types.
    path : str
        The file, of CSV.
    options : mapping of str to str
        Options it was read with.
    """
    fields = rows.schema.fields
    whole = [field.name for field in fields if isinstance(field.dataType, _WHOLE)]
    if not whole:
        return rows
    text = StructType([StructField(field.name, StringType()) for field in fields])
    spark = rows.sparkSession
    # A broken record is an error for who reads the rows.
    found = (
        spark.read.options(**{**options, "mode": "PERMISSIVE"})
        .csv(path, schema=text)
        .agg(*[F.max(F.col(quote(name)).rlike(r"^\s*[+-]?0\d")) for name in whole])
        .first()
    )
    assert found is not None
    codes = [name for name, code in zip(whole, found, strict=True) if code]
    if not codes:
        return rows
    logger.warning("Read as text, for numbers that begin with 0: %s.", ", ".join(codes))
    kept = [text[f.name] if f.name in codes else f for f in fields]
    return spark.read.options(**options).csv(path, schema=StructType(kept))
