"""One store's model without Spark."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from sparkfl.federation.inputs import Inputs
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    import pandas

__all__ = ["LocalModel", "nearest_or_none", "valid_rows"]


@dataclass(frozen=True)
class LocalModel:
    """Centres of a store's released clusters, in the clustering space.

    Parameters
    ----------
    inputs : Inputs
        What it reads.
    scaling : Scaling
        Into the clustering space: the store's own, or the federation's.
    centres : numpy.ndarray, shape (clusters, d)
        Means of the released clusters.

    Examples
    --------
    >>> import pandas as pd
    >>> inputs = Inputs.of_numbers("store", "string", ["spend"])
    >>> model = LocalModel(inputs, Scaling.identity(1), np.array([[0.0], [10.0]]))
    >>> model.predict(pd.DataFrame({"spend": [9.0, None]})).local_prediction.tolist()
    [1, <NA>]
    """

    inputs: Inputs
    scaling: Scaling
    centres: Matrix

    @classmethod
    def of_row(cls, row: Mapping[str, object], inputs: Inputs, common: Scaling) -> LocalModel:
        """Read a row of the local models; without a scaling of its own it has the common one."""
        own = row["mean"] is not None
        scaling = Scaling(np.array(row["mean"]), np.array(row["std"])) if own else common
        return cls(inputs, scaling, np.array(row["centres"]))

    def predict(self, frame: pandas.DataFrame) -> pandas.DataFrame:
        """Add `local_prediction`, the nearest released cluster; NULL for an invalid row."""
        import pandas as pd

        scaled = self.scaling.transform(self.inputs.matrix(frame))
        return frame.assign(
            local_prediction=pd.array(nearest_or_none(scaled, self.centres), "Int32")
        )


def nearest_or_none(scaled: Matrix, centres: Matrix) -> list[int | None]:
    """Find the nearest centre of each row, None where a feature is NaN."""
    index = nearest(scaled, centres)[0]
    return [int(i) if ok else None for i, ok in zip(index, valid_rows(scaled), strict=True)]


def valid_rows(scaled: Matrix) -> npt.NDArray[np.bool_]:
    """Tell which rows have finite features only."""
    valid: npt.NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(scaled), axis=1)
    return valid
