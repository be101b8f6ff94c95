"""What numpy says of each row's features, as columns."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from pyspark.ml.functions import vector_to_array
from pyspark.sql import functions as F

from sparkfl.columns import lists_of, matrix_of, vectorized
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from pyspark.sql import Column

__all__ = ["ranked", "told"]

Tell = Callable[[Matrix, Matrix], tuple[Sequence[Matrix], Matrix]]
"""Takes features, shape (rows, d), and predictions; gives figures and, shape (rows, d), parts."""


def told(tell: Tell, features: str, prediction: Column, figures: Sequence[str]) -> Column:
    """Return a struct of the figures, and of ``parts``, one a feature.

    Parameters
    ----------
    tell : callable
        What is said, of a batch of rows.
    features : str
        The column of features.
    prediction : pyspark.sql.Column
        A number.
    figures : sequence of str
        Names of the figures.
    """

    def answer(features: pa.Array, prediction: pa.Array) -> pa.Array:
        x = matrix_of(features)
        own = prediction.to_numpy(zero_copy_only=False).astype(np.float64)
        found, parts = tell(x, own)
        arrays = [pa.array(np.asarray(figure, np.float64), from_pandas=True) for figure in found]
        arrays.append(lists_of(parts))
        return pa.StructArray.from_arrays(arrays, [*figures, "parts"])

    fields = ", ".join(f"{name}: double" for name in figures)
    scored = vectorized(answer, f"struct<{fields}, parts: array<double>>")
    return scored(vector_to_array(F.col(features)), prediction.cast("double"))


def ranked(parts: Column, names: Sequence[str], value: str, top_k: int) -> Column:
    """Return the features with the largest parts, as an array of structs, the largest first."""
    pairs = F.zip_with(
        F.array(*[F.lit(name) for name in names]),
        parts,
        lambda name, part: F.struct(name.alias("feature"), part.alias(value)),
    )
    ordered = F.sort_array(
        F.transform(
            pairs, lambda p: F.struct(F.abs(p.getField(value)).alias("size"), p.alias("pair"))
        ),
        asc=False,
    )
    return F.slice(F.transform(ordered, lambda o: o.getField("pair")), 1, top_k)
