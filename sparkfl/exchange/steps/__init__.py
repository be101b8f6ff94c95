"""The steps of a round, by their names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sparkfl.exchange.steps.clusters import ClustersStep
from sparkfl.exchange.steps.moments import AsinhStep, MomentsStep
from sparkfl.exchange.steps.scores import ScoresStep
from sparkfl.exchange.steps.so_far import SoFar
from sparkfl.exchange.steps.step import Step

__all__ = ["STEPS", "SoFar", "Step"]

STEPS: Mapping[str, Step[Any]] = {
    "moments": MomentsStep(),
    "asinh": AsinhStep(),
    "clusters": ClustersStep(),
    "scores": ScoresStep(),
}
"""What is done in each step; `sparkfl.exchange.contract.Contract.steps` says which there are."""
