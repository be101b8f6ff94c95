"""Headers of text files that name two columns alike."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pyspark.sql import DataFrame

__all__ = ["warn_of_repeated_names"]

logger = logging.getLogger(__name__)


def warn_of_repeated_names(rows: DataFrame, path: str, options: Mapping[str, str]) -> None:
    """Say how columns are called whose header has a name twice: Spark adds their places to it.

    Parameters
    ----------
    rows : pyspark.sql.DataFrame
        The file, of CSV, with its header.
    path : str
        The file.
    options : mapping of str to str
        Options it was read with.
    """
    numbered = [name for place, name in enumerate(rows.columns) if name.endswith(str(place))]
    if len(numbered) < 2:
        return
    plain = {**options, "header": "false", "inferSchema": "false"}
    header = rows.sparkSession.read.options(**plain).csv(path).first()
    if header is None:
        return
    pairs = [(str(old), new) for old, new in zip(header, rows.columns, strict=False) if old != new]
    times = Counter(old.casefold() for old, _ in pairs)
    repeated = [f"{old!r} as {new}" for old, new in pairs if times[old.casefold()] > 1]
    if repeated:
        logger.warning("The header of %s repeats names; read are %s.", path, ", ".join(repeated))
