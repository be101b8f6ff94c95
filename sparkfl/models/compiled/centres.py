"""The nearest centre."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from pyspark.ml.clustering import KMeansModel

from sparkfl.execution.numbers import Numbers
from sparkfl.models.compiled.function import Compiled
from sparkfl.statistics.nearest import Discriminants

__all__ = ["compiled_centres"]


def compiled_centres(fitted: Any, _files: Path | None) -> Compiled | None:
    """Return which centre is nearest, where distances are Euclidean."""
    if not isinstance(fitted, KMeansModel) or fitted.getDistanceMeasure() != "euclidean":
        return None
    centres = np.array(fitted.clusterCenters())
    return Compiled("nearest", Numbers(Discriminants.of_centres(centres).flat))
