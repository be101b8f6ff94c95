"""The numbers that predictions are made of, laid out as arrays; `RowMath` in Scala reads them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from sparkfl.columns import INTERNAL, lists_of
from sparkfl.execution.numbers import Numbers
from sparkfl.federation.data import FederationData
from sparkfl.statistics.nearest import Discriminants
from sparkfl.statistics.normal_scores import NormalScores
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import Matrix

__all__ = ["Parameters", "store_arrays"]

_LOCAL, _SCALING = f"{INTERNAL}local", f"{INTERNAL}scaling"


@dataclass(frozen=True)
class Parameters:
    """What is the same for all rows, and where what is a store's own is found.

    Attributes
    ----------
    features : int
        Number of features, d.
    scaling : Numbers
        d means, then d factors: the features are scaled by ``(x - mean) * factor``; if the scaling
        is robust, then the same for asinh of what comes out; if there are normal scores, then the
        knots of each feature, and the scores at them.
    robust : bool
        Whether it is.
    normal_scores : NormalScores or None
        These once more, as they are.
    local, everywhere : Numbers
        Discriminants of the store's and of the global clusters: the first centre, then for each
        other one the way to it and half the square of the way, see `Discriminants`.
    others : tuple of int
        Number of such others, locally and globally.
    rule : Numbers
        Means and precisions of the federation, then of each large cluster, see `AnomalyRule`.
    large : int
        Number of large clusters.
    degrees_of_freedom : float
        What the logarithms of the rule are multiplied by.
    """

    features: int
    scaling: Numbers
    robust: bool
    normal_scores: NormalScores | None
    local: Numbers
    everywhere: Numbers
    others: tuple[int, int]
    rule: Numbers
    large: int
    degrees_of_freedom: float

    @classmethod
    def of_data(cls, data: FederationData) -> Parameters:
        """Lay out the parameters of a federation."""
        scaling = Numbers(_flat_scaling(data.scaling))
        if data.scaled_by == "store":
            scaling = Numbers(column=f"coalesce({_SCALING}, {scaling.sql})")
        everywhere = Discriminants.of_centres(data.clusters.mean)
        rule = data.rule
        large = np.stack([rule.centres, rule.precisions], axis=1).ravel()
        return cls(
            features=len(data.inputs.features),
            scaling=scaling,
            robust=data.scaling.asinh is not None,
            normal_scores=(data.scaling.asinh or data.scaling).normal_scores,
            local=Numbers(column=_LOCAL),
            everywhere=Numbers(everywhere.flat),
            others=(data.local_discriminants.bias.shape[-1], len(everywhere.bias)),
            rule=Numbers(np.concatenate([rule.mean, rule.precision, large])),
            large=len(rule.centres),
            degrees_of_freedom=rule.degrees_of_freedom,
        )


def store_arrays(data: FederationData) -> dict[str, pa.Array]:
    """Lay out the numbers of each store that has a model, an array a store."""
    arrays = {_LOCAL: lists_of(data.local_discriminants.flat)}
    if data.scaled_by == "store":
        models = data.local_models.values()
        arrays[_SCALING] = lists_of(np.stack([_flat_scaling(own.scaling) for own in models]))
    return arrays


def _flat_scaling(scaling: Scaling) -> Matrix:
    """Lay a scaling out, all numbers of its first step, then those of the next."""
    parts = [scaling.mean, scaling.factor]
    if scaling.asinh is not None:
        parts.append(_flat_scaling(scaling.asinh))
    if scaling.normal_scores is not None:
        parts += [scaling.normal_scores.knots.ravel(), scaling.normal_scores.scores.ravel()]
    return np.concatenate(parts)
