"""The steps of a round, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparkfl.exchange.contract import ROSTER
from sparkfl.exchange.steps.clusters import ClustersStep
from sparkfl.exchange.steps.lloyd import LloydStep
from sparkfl.exchange.steps.moments import AsinhStep, MomentsStep
from sparkfl.exchange.steps.roster import RosterStep
from sparkfl.exchange.steps.scores import ScoresStep
from sparkfl.exchange.steps.so_far import SoFar
from sparkfl.exchange.steps.step import Step

__all__ = ["STEPS", "SoFar", "Step", "kind_of", "step_of"]

STEPS: Mapping[str, Step[Any]] = {
    ROSTER: RosterStep(),
    "moments": MomentsStep(),
    "asinh": AsinhStep(),
    "clusters": ClustersStep(),
    "lloyd": LloydStep(),
    "scores": ScoresStep(),
}
"""What is done in each step; `sparkfl.exchange.contract.Contract.steps` says which there are."""


def kind_of(name: str) -> str:
    """Return what kind of step one is: iterations have numbers.

    Examples
    --------
    >>> kind_of("lloyd12"), kind_of("scores")
    ('lloyd', 'scores')
    """
    return name.rstrip("0123456789")


def step_of(name: str) -> Step[Any]:
    """Return what is done in a step, by its name; ``lloyd12_keys`` is a part of the sum lloyd12."""
    sum_, _, phase = name.partition("_")
    if phase:
        # Only federations with secure aggregation need its package.
        from sparkfl.exchange.steps.masked import MaskedStep

        return MaskedStep(sum_, STEPS[kind_of(sum_)])
    return STEPS[kind_of(name)]
