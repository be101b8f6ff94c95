"""One store's model without Spark."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sparkfl.federation.arrow import own_scaling
from sparkfl.federation.inputs import Inputs
from sparkfl.federation.schemas import PREDICTION
from sparkfl.formats import FORMAT, check_format
from sparkfl.registry import Field
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    import pandas

__all__ = ["LocalModel", "nearest_or_none", "valid_rows"]

_FILE = "local_model.json"


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
    modelType = "local_clustering"
    readers = {"scorer": "sparkfl.federation.local_model:LocalModel.read"}

    def inputFields(self) -> list[Field]:
        """Features; the store needs no naming."""
        return self.inputs.fields()

    def outputFields(self) -> list[Field]:
        """Column that `predict` adds."""
        return [Field("local_prediction", PREDICTION["local_prediction"].dataType.simpleString())]

    def write(self, directory: Path) -> None:
        """Write `local_model.json` into a local directory."""
        content = {
            "format": FORMAT,
            "inputs": self.inputs.to_json(),
            "scaling": self.scaling.to_json(),
            "centres": self.centres.tolist(),
        }
        (directory / _FILE).write_text(json.dumps(content, indent=2), "utf-8")

    @classmethod
    def read(cls, directory: Path) -> LocalModel:
        """Read what `write` wrote."""
        content = json.loads((directory / _FILE).read_text("utf-8"))
        check_format(content.get("format"), f"The local model in {directory}")
        scaling = Scaling.of_json(content.get("scaling", content))
        return cls(Inputs.of_json(content["inputs"]), scaling, np.array(content["centres"]))

    @classmethod
    def of_row(cls, row: Mapping[str, Any], inputs: Inputs, common: Scaling) -> LocalModel:
        """Read a row of the local models; without a scaling of its own it has the common one."""
        return cls(inputs, own_scaling(row) or common, np.array(row["centres"]))

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
