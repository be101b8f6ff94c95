"""Features of features, in SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from sparkfl.errors import SchemaError
from sparkfl.features.views.checks import AS_OF
from sparkfl.features.views.row_wise import why_unread

__all__ = ["derive"]


def derive(
    features: DataFrame,
    derived: Mapping[str, str],
    as_of: Column,
    view: str,
    metadata: dict[str, object] | None = None,
) -> DataFrame:
    """Add features that are expressions over others, and over ``as_of``.

    Raises
    ------
    SchemaError
        If an expression cannot be read.

    Examples
    --------
    >>> features = spark.sql("SELECT 2 AS n")
    >>> derive(features, {"twice": "n * 2", "most": "twice > 3"}, sf.lit(0), "v").collect()
    [Row(n=2, twice=4, most=True)]
    """
    names = features.columns
    timed = AS_OF not in {name.lower() for name in names} and any(
        re.search(rf"\b{AS_OF}\b", text, re.IGNORECASE) for text in derived.values()
    )
    made = features.withColumn(AS_OF, as_of) if timed else features
    for name, text in derived.items():
        try:
            made = made.select("*", sf.expr(text).alias(name, metadata=metadata or {}))
            _ = made.schema  # Spark Connect looks at it only now.
        except (AnalysisException, ParseException) as error:
            raise SchemaError(
                f"The feature {name} of the view {view} cannot be read from {text!r}: "
                f"{why_unread(error)} It may use {', '.join([*names, AS_OF])}."
            ) from error
    return made.drop(AS_OF) if timed else made
