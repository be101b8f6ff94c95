"""What is known of a round before a step: what the aggregator made of the steps before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sparkfl.exchange.contract import Contract
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["SoFar"]


@dataclass(frozen=True)
class SoFar:
    """Results of the steps of a round, in order, and the rows that stores told.

    Parameters
    ----------
    contract : Contract
        The federation's.
    results : mapping of str to dict, default {}
        What was published of each step, by its name.
    rows : mapping of str to int, default {}
        Rows of each store as it told them in the step before.

    Examples
    --------
    >>> contract = Contract.made(
    ...     "f1", "shops", "00" * 32, {"inputCols": ["spend"], "scaling": "none"}
    ... )
    >>> SoFar(contract).scaling.std.tolist()
    [1.0]
    """

    contract: Contract
    results: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)

    @property
    def standard(self) -> Scaling:
        """Z-scores by the moments of all stores."""
        return Scaling.of_json(self.results["moments"]["standard"])

    @property
    def scaling(self) -> Scaling | None:
        """Into the clustering space; None if each store has its own."""
        whose = self.contract.params["scaling"]
        if whose == "store":
            return None
        if whose == "none":
            return Scaling.identity(len(self.contract.features))
        return Scaling.of_json(self.results["asinh"]["scaling"])

    @property
    def clusters(self) -> ClusterSummary:
        """Global clusters."""
        found = self.results["clusters"]["clusters"]
        return ClusterSummary(
            np.array(found["n"], np.int64), np.array(found["mean"]), np.array(found["ss"])
        )

    def then(self, step: str, result: Mapping[str, Any], rows: Mapping[str, int]) -> SoFar:
        """Return what is known after a step."""
        return SoFar(self.contract, {**self.results, step: result}, {**self.rows, **rows})
