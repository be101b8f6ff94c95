"""What is known of a round before a step: what the aggregator made of the steps before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sparkfl.exchange.contract import PHASES, ROSTER, Contract
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import ClusterSummary, Matrix

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
    round : int, default 0
        Number of the round, where that matters.
    roster : mapping of str to str, default {}
        Public keys of the stores of the round's sums, with secure aggregation.

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
    round: int = 0
    roster: Mapping[str, str] = field(default_factory=dict)

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
        """Global clusters, as the last step that was done has made them."""
        last = f"lloyd{self.iterations}" if self.iterations else "clusters"
        found = self.results[last]["clusters"]
        return ClusterSummary(
            np.array(found["n"], np.int64), np.array(found["mean"]), np.array(found["ss"])
        )

    @property
    def iterations(self) -> int:
        """How many of Lloyd's iterations are done."""
        return sum(step.startswith("lloyd") and "_" not in step for step in self.results)

    def centres_of(self, iteration: int) -> Matrix:
        """Return the centres that an iteration, from 1, begins with."""
        if iteration == 1 and self.contract.secure_aggregation:
            scaled = self.contract.params["scaling"] == "federation"
            return np.array(self.results["asinh" if scaled else ROSTER]["start"])
        if iteration == 1:
            return np.array(self.results["clusters"]["clusters"]["mean"])
        return np.array(self.results[f"lloyd{iteration - 1}"]["centres"])

    @property
    def centres(self) -> Matrix:
        """Centres as they are after the iterations that are done."""
        return self.centres_of(self.iterations + 1)

    @property
    def abandoned(self) -> str | None:
        """Why the round cannot go on, if so."""
        return next(
            (each["abandoned"] for each in self.results.values() if "abandoned" in each), None
        )

    @property
    def due(self) -> str | None:
        """Name of the step that comes next; None if the round is complete, or abandoned."""
        if self.abandoned is not None:
            return None
        last = self.results.get(f"lloyd{self.iterations}", {})
        at_rest = bool(last.get("converged"))
        for step in self.contract.steps:
            if step not in self.results and not (at_rest and step.startswith("lloyd")):
                return step
        return None

    def then(self, step: str, result: Mapping[str, Any], rows: Mapping[str, int]) -> SoFar:
        """Return what is known after a step."""
        results = {**self.results, step: result}
        sum_, _, phase = step.partition("_")
        if phase == PHASES[-1]:
            results[sum_] = result
        return replace(self, results=results, rows={**self.rows, **rows})
