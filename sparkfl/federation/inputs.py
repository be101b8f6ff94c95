"""The columns a federation reads: checked, and turned into numbers by Spark or by numpy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from pyspark.ml.linalg import Vector
from pyspark.sql import functions as F

from sparkfl.columns import (
    array_of_doubles,
    finite,
    is_number,
    missing,
    resolve,
    signed_log1p,
    taken,
)
from sparkfl.errors import SchemaError
from sparkfl.federation.schemas import PREDICTION, STORE_TYPES
from sparkfl.registry import Field
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    import pandas
    from pyspark.sql import Column, DataFrame

__all__ = ["Inputs", "check_outputs", "column", "feature_names", "store_type"]


@dataclass(frozen=True)
class Inputs:
    """Names and transformations of the input columns.

    Parameters
    ----------
    store_col : str
        Column that names the store.
    store_type : str
        Its SQL type.
    features : tuple of str
        Names of the features: the input columns, or the elements of `features_col`.
    features_col : str, optional
        Vector or array column that holds the features in place of columns of their names.
    log1p_cols : tuple of str
        Features that go through sign(x) log(1 + abs(x)).
    types : mapping of str to str
        SQL types of the columns that hold the features, by name, as they were in training.

    Examples
    --------
    >>> import pandas as pd
    >>> inputs = Inputs("store", "string", ("spend",), log1p_cols=("spend",))
    >>> inputs.matrix(pd.DataFrame({"spend": [0.0, None]})).tolist()
    [[0.0], [nan]]
    """

    store_col: str
    store_type: str
    features: tuple[str, ...]
    features_col: str | None = None
    log1p_cols: tuple[str, ...] = ()
    types: Mapping[str, str] = field(default_factory=dict, compare=False)

    def to_json(self) -> dict[str, Any]:
        """Return what `of_json` reads."""
        return asdict(self)

    @classmethod
    def of_json(cls, content: Mapping[str, Any]) -> Inputs:
        """Read what `to_json` wrote."""
        lists = {name: tuple(value) for name, value in content.items() if isinstance(value, list)}
        return cls(**{**content, **lists})

    def fields(self) -> list[Field]:
        """Columns that hold the features, with their types."""
        names = self.features if self.features_col is None else (self.features_col,)
        return [Field(name, self.types.get(name, "double")) for name in names]

    def store(self, df: DataFrame) -> Column:
        """Store column of `df`, checked to be of the trained type or another integer type."""
        found = store_type(df, self.store_col)
        if found != self.store_type and not {found, self.store_type} <= set(_INTEGERS):
            raise SchemaError(
                f"Column {self.store_col!r} is {found}; the model was trained with "
                f"{self.store_type}. Cast it."
            )
        return column(df, self.store_col)

    def columns(self, df: DataFrame) -> list[Column]:
        """Feature columns of `df` as doubles, NULL where they are not finite numbers."""
        return [finite(value) for value in self.values(df)]

    def values(self, df: DataFrame) -> list[Column]:
        """Feature columns of `df` as doubles, as they are: NULL, NaN or infinite too."""
        if self.features_col is not None:
            array = array_of_doubles(resolve(df, self.features_col))
            size = len(self.features)
            right = F.when(F.size(array) == size, array)
            values = [F.get(right, F.lit(i)) for i in range(size)]
        else:
            _check_numeric(df, self.features)
            values = [column(df, name).cast("double") for name in self.features]
        return [
            signed_log1p(value) if name in self.log1p_cols else value
            for name, value in zip(self.features, values, strict=True)
        ]

    def select(self, df: DataFrame) -> DataFrame:
        """Keep the input columns only."""
        names = self.features if self.features_col is None else [self.features_col]
        return df.select(*(column(df, name) for name in dict.fromkeys([self.store_col, *names])))

    def matrix(self, frame: pandas.DataFrame) -> Matrix:
        """Features of a pandas frame, shape (rows, d); NaN where they are not finite numbers."""
        if self.features_col is not None:
            rows = [_elements(row, len(self.features)) for row in frame[self.features_col]]
            values = np.array(rows, dtype=np.float64).reshape(len(frame), len(self.features))
        else:
            _check_present(self.features, list(frame.columns))
            values = np.empty((len(frame), len(self.features)))
            for i, name in enumerate(self.features):
                values[:, i] = frame[name].astype("Float64").to_numpy(np.float64, na_value=np.nan)
        with np.errstate(invalid="ignore", divide="ignore"):
            for i, name in enumerate(self.features):
                if name in self.log1p_cols:
                    values[:, i] = np.sign(values[:, i]) * np.log1p(np.abs(values[:, i]))
        values[~np.isfinite(values)] = np.nan
        return values


_INTEGERS = ("tinyint", "smallint", "int", "bigint")


def column(df: DataFrame, name: str) -> Column:
    """Look up a column by its whole name, dots included, in the case that `df` spells it."""
    return resolve(df, name).column


def store_type(df: DataFrame, name: str) -> str:
    """Find the SQL type of the store column, which must tell stores apart."""
    found = resolve(df, name).type.simpleString()
    if found not in STORE_TYPES:
        raise SchemaError(
            f"Column {name!r} is {found}; a store column must be one of {', '.join(STORE_TYPES)}."
        )
    return found


def feature_names(df: DataFrame, name: str) -> tuple[str, ...]:
    """Name the elements of a vector or array column; reads one row for their number."""
    found = resolve(df, name)
    array = array_of_doubles(found)
    attributes: Any = found.metadata.get("ml_attr", {})
    named = {
        a["idx"]: a["name"]
        for group in attributes.get("attrs", {}).values()
        for a in group
        if "name" in a
    }
    row = df.select(F.size(array)).where(array.isNotNull()).first()
    if row is None:
        raise SchemaError(f"Column {name!r} is NULL in every row. Give rows with features.")
    return tuple(named.get(i, f"{name}[{i}]") for i in range(row[0]))


def check_outputs(columns: Sequence[str]) -> None:
    """Refuse input columns that a prediction would replace."""
    error = taken(columns, PREDICTION.names)
    if error:
        raise error


def _check_present(expected: Sequence[str], got: Sequence[str]) -> None:
    """Refuse a frame without the expected columns."""
    absent = [name for name in expected if name not in got]
    if absent:
        raise missing(absent, got)


def _check_numeric(df: DataFrame, names: Sequence[str]) -> None:
    """Refuse features that are not numbers, all of them in one message."""
    types = {name: resolve(df, name).type for name in names}
    wrong = [f"{n!r} is {t.simpleString()}" for n, t in types.items() if not is_number(t)]
    if wrong:
        raise SchemaError(f"Features must be numeric; {', '.join(wrong)}. Cast or leave out.")


def _elements(row: Any, size: int) -> Matrix:
    """Elements of a vector, array or list; NaNs if there are none or of another number."""
    values = np.array(row.toArray() if isinstance(row, Vector) else row, dtype=np.float64)
    return values if values.shape == (size,) else np.full(size, np.nan)
