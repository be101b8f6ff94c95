"""Parameters of federated clustering, in the style of pyspark.ml."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pyspark.ml.param import Params

from sparkfl.federation.options import COLUMNS, OPTIONS
from sparkfl.options import declare, setters

__all__ = ["FederatedClusteringParams", "FederatedClusteringSetters"]


@declare([*COLUMNS, *OPTIONS])
class FederatedClusteringParams(Params):
    """What the estimator and its model share; see `FederatedClustering` for the meaning.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> FederatedClustering(k=0)
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: k must be an integer of at least 1; got 0.
    """

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any:
            """Stand for the getters and setters, which follow from the options."""


@setters([*COLUMNS, *OPTIONS])
class FederatedClusteringSetters(FederatedClusteringParams):
    """Setters, for the estimator; a fitted model keeps the parameters it was fitted with.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> FederatedClustering().setK(5).getK()
    5
    """
