"""The loader module named in every registered version; MLflow calls `_load_pyfunc`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from sparkfl.registry.readers import reader

if TYPE_CHECKING:
    import pandas as pd

    from sparkfl.registry.registrable import Scorer

__all__ = ["ScoringModel"]


class ScoringModel:
    """What ``mlflow.pyfunc.load_model`` wraps: pandas in, pandas out, no Spark.

    MLflow hands over the columns of the signature only, so others do not come out.

    Parameters
    ----------
    scorer : Scorer
        The model, read from its files.

    Examples
    --------
    >>> import pandas as pd
    >>> class Doubler:
    ...     def predict(self, frame):
    ...         return frame.assign(prediction=2 * frame.x)
    >>> ScoringModel(Doubler()).predict(pd.DataFrame({"x": [1.0]})).prediction.tolist()
    [2.0]
    """

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Score the rows of a frame, keeping its order and index."""
        return self.scorer.predict(frame)


def _load_pyfunc(path: str, model_config: Mapping[str, object] | None = None) -> ScoringModel:
    """Let the scorer that the version names read the files."""
    read = reader(model_config or {}, "scorer", f"The model in {path}")
    return ScoringModel(read(Path(path)))
