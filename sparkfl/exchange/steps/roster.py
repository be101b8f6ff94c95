"""The first step with secure aggregation: which stores take part in the sums of a round."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparkfl.errors import AggregationError
from sparkfl.exchange.contract import Contract
from sparkfl.exchange.schema import mapping
from sparkfl.exchange.steps.so_far import SoFar
from sparkfl.exchange.steps.start import public_centres
from sparkfl.exchange.steps.step import Step
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.scaling import Scaling

__all__ = ["RosterStep"]

MOST = 100
"""Stores of a sum at most: what they exchange grows by the square of their number."""


class RosterStep(Step[None]):
    """That a store takes part, which its signature says.

    Examples
    --------
    >>> RosterStep().write(None)
    {}
    """

    def write(self, told: None) -> dict[str, Any]:
        """Return nothing."""
        del told
        return {}

    def read(self, body: Any, contract: Contract) -> None:
        """Read nothing."""
        del contract
        mapping(body, (), "the release")

    def check(self, told: None, so_far: SoFar, rules: Rules, before: int | None) -> None:
        """Find nothing to check."""

    def rows(self, told: None) -> int:
        """Count each store as one."""
        del told
        return 1

    def combine(self, told: Mapping[str, None], so_far: SoFar) -> dict[str, Any]:
        """Say where iterations begin, if the stores need no sums for that."""
        if len(told) > MOST:
            raise AggregationError(
                f"{len(told)} stores take part in a round with secure aggregation, where each "
                f"shares secrets with each: {MOST} can. Make several federations, or one without."
            )
        contract = so_far.contract
        if contract.params["scaling"] != "none":
            return {}
        start = public_centres(contract, Scaling.identity(len(contract.features)))
        return {"start": start.tolist()}
