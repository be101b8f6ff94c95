"""The stores' own rows, read inside of them as a model reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from sparkfl.columns.series import find_series
from sparkfl.errors import ParameterError, SchemaError, StorageError
from sparkfl.federation.data import FederationData
from sparkfl.statistics.summary import Matrix

__all__ = ["OwnRows", "read_rows"]


@dataclass(frozen=True)
class OwnRows:
    """Rows of all stores.

    Parameters
    ----------
    data : FederationData
        The federation that reads them.
    stores : numpy.ndarray of object, shape (n,)
        Store of each row, as text.
    raw : numpy.ndarray, shape (n, d)
        Features as the columns have them.
    features : numpy.ndarray, shape (n, d)
        As the model reads them: of some the logarithm.
    names : tuple of str
        Texts that tell rows apart, such as customers' numbers.
    """

    data: FederationData
    stores: np.ndarray
    raw: Matrix
    features: Matrix
    names: tuple[str, ...]

    def by_store(self, rows: Matrix) -> dict[str, Matrix]:
        """Cut rows by their stores."""
        return {store: rows[self.stores == store] for store in dict.fromkeys(self.stores.tolist())}

    @cached_property
    def scaled(self) -> Matrix:
        """Rows in the clustering space, of stores with a scaling of their own in that one."""
        own = {str(store): model.scaling for store, model in self.data.local_models.items()}
        scaled = self.data.scaling.transform(self.features)
        for store in dict.fromkeys(self.stores.tolist()):
            if store in own:
                at = self.stores == store
                scaled[at] = own[store].transform(self.features[at])
        return scaled


def read_rows(path: Path, data: FederationData) -> OwnRows:
    """Read Parquet, CSV or JSON; rows with a feature that is not finite are left out.

    Parameters
    ----------
    path : pathlib.Path
        A file, by its ending, or a folder of Parquet.
    data : FederationData
        Whose columns are read.

    Raises
    ------
    ParameterError
        If the ending is none of these.
    StorageError
        If it cannot be read.
    SchemaError
        If a column is missing, or no store of the federation is in it.
    """
    frame = _frame(path, data.inputs.store_col)
    found = find_series(frame, data.inputs.store_col)
    if found is None:
        raise SchemaError(
            f"{path} has no column {data.inputs.store_col!r}, which names the store; it has "
            f"{', '.join(map(str, frame.columns))}."
        )
    features = data.inputs.matrix(frame)
    raw = replace(data.inputs, log1p_cols=()).matrix(frame)
    kept = np.isfinite(features).all(axis=1) & found.notna().to_numpy()
    stores = found[kept].map(str).to_numpy(dtype=object)
    known = [str(store) for store in data.tables["verdicts"][0].to_pylist()]
    if not set(stores) & set(known):
        raise SchemaError(
            f"No store of the releases is in {path}: they are of {', '.join(known[:3])} and so on, "
            f"and {data.inputs.store_col} has {', '.join(sorted(set(stores))[:3]) or 'no value'}."
        )
    return OwnRows(data, stores, raw[kept], features[kept], _names(frame, found.name))


def _names(frame: pd.DataFrame, store: object) -> tuple[str, ...]:
    """Texts of the columns that tell rows apart."""
    names: list[str] = []
    for column in frame.columns:
        values = frame[column].dropna()
        texts = values[values.map(lambda value: isinstance(value, str))]
        if column != store and len(texts) and texts.nunique() > len(frame) / 2:
            names += texts.tolist()
    return tuple(names)


def _frame(path: Path, store: str) -> pd.DataFrame:
    """Read a file by its ending; in CSV a store like 01 stays text."""
    readers: Mapping[str, Callable[[], pd.DataFrame]] = {
        ".parquet": lambda: pd.read_parquet(path),
        ".csv": lambda: pd.read_csv(path, dtype={store: str}),
        ".json": lambda: pd.read_json(path, dtype={store: str}),
    }
    reader = readers.get(".parquet" if path.is_dir() else path.suffix.lower())
    if reader is None:
        raise ParameterError(f"--data {path} must end in {', '.join(readers)}.")
    try:
        return reader()
    except (OSError, ValueError, pa.ArrowException) as error:
        raise StorageError(f"--data {path} cannot be read: {error}") from error
