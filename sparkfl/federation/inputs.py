"""The columns a federation reads, turned into one array of features by Spark or by numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import reduce
from operator import add
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.ml.linalg import Vector
from pyspark.sql import functions as F

from sparkfl.columns import Found, InputColumn, array_of_doubles, bind, signed_log1p
from sparkfl.columns.series import numbers, series
from sparkfl.execution.numbers import INLINE
from sparkfl.registry import Field
from sparkfl.statistics import log1p
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    import pandas
    from pyspark.sql import Column, DataFrame

__all__ = ["FEATURES", "STORE", "BoundInputs", "FeatureColumn", "Inputs"]

STORE, FEATURES = "store", "features"
"""Columns of a federation's own frames; no column of the user's is in them."""


@dataclass(frozen=True)
class FeatureColumn:
    """A column that holds one feature, or several.

    Attributes
    ----------
    path : tuple of str
        Its name as the training query spells it, and those of the fields below it.
    type : str
        Spark SQL's name of its type.
    size : int, default 0
        Length of a vector or an array; 0 for a number.
    """

    path: tuple[str, ...]
    type: str = field(default="double", compare=False)
    size: int = 0

    @property
    def name(self) -> str:
        """Its path with dots."""
        return ".".join(self.path)

    def expected(self) -> InputColumn:
        """Return what is looked for in a query."""
        return InputColumn(self.path, self.type, "vector" if self.size else "number")

    def values(self, found: Found) -> list[Column]:
        """Features of the column as doubles, as they are: NULL, NaN or infinite too."""
        if not self.size:
            return [found.column.cast("double")]
        return [F.get(self.array(found), F.lit(i)) for i in range(self.size)]

    def array(self, found: Found) -> Column:
        """Read an array column; NULL if it is of another length."""
        array = array_of_doubles(found)
        return F.when(F.size(array) == self.size, array)

    def matrix(self, frame: pandas.DataFrame) -> Matrix:
        """Features of the column in a pandas frame, shape (rows, features)."""
        values = series(frame, self.path)
        if not self.size:
            return numbers(values, self.name)[:, None]
        rows = [_elements(row, self.size) for row in values]
        return np.array(rows, dtype=np.float64).reshape(len(frame), self.size)


@dataclass(frozen=True)
class Inputs:
    """Names, types and transformations of the input columns.

    Parameters
    ----------
    store_col : str
        Column that names the store, as the training query spells it.
    store_type : str
        Its SQL type.
    columns : tuple of FeatureColumn
        The columns that hold the features, in order.
    features : tuple of str
        Names of the features.
    log1p_cols : tuple of str
        Features that go through sign(x) log(1 + abs(x)).

    Examples
    --------
    >>> import pandas as pd
    >>> inputs = Inputs.of_numbers("store", "string", ["spend"], log1p_cols=["spend"])
    >>> inputs.matrix(pd.DataFrame({"spend": [0.0, None]})).tolist()
    [[0.0], [nan]]
    """

    store_col: str
    store_type: str
    columns: tuple[FeatureColumn, ...]
    features: tuple[str, ...]
    log1p_cols: tuple[str, ...] = ()

    def __str__(self) -> str:
        columns = ", ".join(f"{c.name} {c.type}" for c in self.columns)
        logs = f", the logarithm of {', '.join(self.log1p_cols)}" if self.log1p_cols else ""
        return f"the store {self.store_col} {self.store_type} and the features {columns}{logs}"

    def to_json(self) -> dict[str, Any]:
        """Return what `of_json` reads."""
        return asdict(self)

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Inputs:
        """Read what `to_json` wrote."""
        columns = tuple(
            FeatureColumn(tuple(column["path"]), column["type"], column["size"])
            for column in content["columns"]
        )
        names = tuple(content["features"]), tuple(content["log1p_cols"])
        return cls(content["store_col"], content["store_type"], columns, *names)

    def fields(self) -> list[Field]:
        """Columns that hold the features, with their types."""
        return [Field(column.name, column.type) for column in self.columns]

    @classmethod
    def of_numbers(
        cls, store_col: str, store_type: str, names: Sequence[str], log1p_cols: Sequence[str] = ()
    ) -> Inputs:
        """Return inputs of which every feature is a column of doubles."""
        columns = tuple(FeatureColumn((name,)) for name in names)
        return cls(store_col, store_type, columns, tuple(names), tuple(log1p_cols))

    @property
    def own(self) -> Inputs:
        """Inputs of the frames that `BoundInputs.select` makes."""
        column = FeatureColumn((FEATURES,), "array<double>", len(self.features))
        return Inputs(STORE, self.store_type, (column,), self.features)

    def shown(self, columns: Sequence[str]) -> list[str]:
        """Return a table's columns with the store under the name of the store column.

        It stays `STORE` where another column of the table has that name.
        """
        others = {name.lower() for name in columns if name != STORE}
        name = STORE if self.store_col.lower() in others else self.store_col
        return [name if column == STORE else column for column in columns]

    def bound(self, df: DataFrame) -> BoundInputs:
        """Find the columns in a query: by name, in any case unless case matters, or by position.

        Raises
        ------
        SchemaError
            If a column is missing or of the wrong type.
        """
        stores = InputColumn((self.store_col,), self.store_type, self.store_type)
        store, *found = bind(df, [stores, *(column.expected() for column in self.columns)])
        # A model of stores '7' and '8' can be asked with numbers.
        named = store.column.cast("string") if self.store_type == "string" else store.column
        return BoundInputs(self, named, tuple(found))

    def matrix(self, frame: pandas.DataFrame) -> Matrix:
        """Features of a pandas frame, shape (rows, d); NaN where they are not finite numbers."""
        values = np.concatenate([column.matrix(frame) for column in self.columns], axis=1)
        logarithmic = [name in self.log1p_cols for name in self.features]
        with np.errstate(invalid="ignore", divide="ignore"):
            values[:, logarithmic] = log1p.signed_log1p(values[:, logarithmic])
        values[~np.isfinite(values)] = np.nan
        return values


@dataclass(frozen=True)
class BoundInputs:
    """Input columns found in a query.

    The features are one array from here on: a column a feature would make Spark's optimizer
    consider every subset of them.
    """

    inputs: Inputs
    store: Column
    found: tuple[Found, ...]

    def values(self) -> list[Column]:
        """Features as doubles, one column each, as they are: NULL, NaN or infinite too."""
        pairs = zip(self.inputs.columns, self.found, strict=True)
        values = [value for column, found in pairs for value in column.values(found)]
        return [
            signed_log1p(x) if name in self.inputs.log1p_cols else x
            for name, x in zip(self.inputs.features, values, strict=True)
        ]

    def features(self) -> Column:
        """Features as an array of doubles."""
        if len(self.found) == 1 and self.inputs.columns[0].size and not self.inputs.log1p_cols:
            return self.inputs.columns[0].array(self.found[0])
        return F.array(*self.values())

    def valid(self) -> Column:
        """Tell whether all features of a row are finite numbers; never NULL."""
        # Zero times what is not finite is not zero, and one condition is easier on the optimizer
        # than one a feature.
        if len(self.inputs.features) <= INLINE:
            zeros = reduce(add, [x * F.lit(0.0) for x in self.values()])
        else:
            nothing = F.lit(0.0)
            zeros = F.aggregate(self.features(), nothing, lambda sum_, x: sum_ + x * nothing)
        return F.coalesce(zeros == 0.0, F.lit(False))

    def select(self, df: DataFrame, others: Sequence[Column] = ()) -> DataFrame:
        """Keep `STORE`, `others` and `FEATURES`, which is NULL where a row is not valid."""
        features = F.when(self.valid(), self.features())
        return df.select(self.store.alias(STORE), *others, features.alias(FEATURES))


def _elements(row: Any, size: int) -> Matrix:
    """Elements of a vector, array or list; NaNs if there are none or of another number."""
    values = np.array(row.toArray() if isinstance(row, Vector) else row, dtype=np.float64)
    return values if values.shape == (size,) else np.full(size, np.nan)
