"""Rows that cannot be trained on: refused by the names of their columns and stores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from pyspark.sql import functions as F

from sparkfl.columns import finite
from sparkfl.errors import SchemaError
from sparkfl.execution.survey import Survey
from sparkfl.federation.inputs import BoundInputs

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["refuse_invalid"]

_NAMED = 5


def refuse_invalid(df: DataFrame, bound: BoundInputs, stores: Survey) -> None:
    """Refuse rows with a feature that is NULL, NaN or infinite.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Rows of all stores.
    bound : BoundInputs
        What is read of them.
    stores : Survey
        Tells how many rows of each store are not valid.

    Raises
    ------
    SchemaError
        If there is such a row; it names the columns with their counts, and the stores.
    """
    skipped = stores.table["skipped"].to_numpy()
    if not skipped.any():
        return
    counts = df.select(
        F.array(*(F.count_if(finite(value).isNull()) for value in bound.values()))
    ).first()
    assert counts is not None
    arrays = any(column.size for column in bound.inputs.columns)
    length = " (so are all elements of an array of another length)" if arrays else ""
    columns = {name: n for name, n in zip(bound.inputs.features, counts[0], strict=True) if n}
    own = [repr(stores.stores[i]) for i in np.flatnonzero(skipped)]
    raise SchemaError(
        f"NULL, NaN or infinite values in {_listed([f'{c}: {n} rows' for c, n in columns.items()])}"
        f"{length}, of {_listed(own)}{' stores' if len(own) > 1 else ''}. Filter or replace them, "
        "or leave such rows out: 'skip' for handleInvalid."
    )


def _listed(names: list[str]) -> str:
    """List the first of many."""
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")
