"""Which scaling a training takes, and the one that all stores share."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from sparkfl.execution.asinh import asinh_moments
from sparkfl.execution.cells import Marginals
from sparkfl.statistics.normal_scores import NormalScores
from sparkfl.statistics.scaling import Scaling

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from sparkfl.execution.survey import Survey
    from sparkfl.federation.data import FederationData
    from sparkfl.statistics.summary import ClusterSummary

__all__ = ["ScalingUsed", "between_stores"]

logger = logging.getLogger(__name__)

_ASKED_FOR = "as asked for"
_MOSTLY = 0.5


@dataclass(frozen=True)
class ScalingUsed:
    """The scaling of a training.

    Parameters
    ----------
    whose : {'federation', 'quantile', 'store', 'none'}
        Whose moments make it, or that the federation's quantiles do too.
    reason : str
        Why those.
    common : Scaling or None
        What all stores share; None if each has its own.
    """

    whose: str
    reason: str
    common: Scaling | None

    @classmethod
    def of_model(cls, model: FederationData) -> ScalingUsed:
        """Take that of an earlier round, so that what is kept and what is new compare."""
        common = None if model.scaled_by == "store" else model.scaling
        return cls(model.scaled_by, model.scaling_reason, common)

    @classmethod
    def of_stores(
        cls,
        asked: str,
        stores: Survey,
        rows: DataFrame,
        features: Sequence[str],
        min_cluster_size: int,
        cells: int,
    ) -> ScalingUsed:
        """Choose a scaling by the moments that stores let out, and make it.

        Parameters
        ----------
        asked : {'federation', 'quantile', 'store', 'none', 'auto'}
            What the user wants.
        stores : Survey
            All stores, with their moments.
        rows : pyspark.sql.DataFrame
            Rows of all stores, of `store` and `features`; read once more for a robust scaling.
        features : sequence of str
            Names of the features.
        min_cluster_size : int
            Smallest number of customers that a store may tell anything of.
        cells : int
            Cells that a store tells of each feature for quantiles, at most.
        """
        moments = stores.moments()
        whose, reason = asked, _ASKED_FOR
        if asked == "auto":
            share = between_stores(moments) if moments else 0.0
            whose = "store" if share > _MOSTLY else "federation"
            reason = f"{share:.0%} of the variance lies between stores"
            logger.info("Scaling by each %s: %s.", whose, reason)
        if whose == "store":
            return cls(whose, reason, None)
        common = Scaling.identity(len(features))
        if whose != "none" and moments:
            standard = Scaling.of_stores(moments).rounded()
            _warn_of_constant(standard, features)
            if whose == "quantile":
                again = _by_quantiles(stores, rows, Marginals(standard, cells, min_cluster_size))
            else:
                again = _by_moments(rows, standard, min_cluster_size)
            common = replace(standard, asinh=again) if again else common
        return cls(whose, reason, common)


def between_stores(stores: ClusterSummary) -> float:
    """Share of the variance that lies between stores, averaged over the features that vary.

    Parameters
    ----------
    stores : ClusterSummary
        Moments of each store.

    Examples
    --------
    >>> from sparkfl.statistics.summary import ClusterSummary
    >>> apart = ClusterSummary(np.array([10, 10]), np.array([[0.0], [8.0]]), np.array([[40.0]] * 2))
    >>> between_stores(apart)
    0.8
    """
    whole = stores.total().ss[0]
    within = stores.ss.sum(axis=0)[whole > 0]
    return float(np.mean(1 - within / whole[whole > 0])) if len(within) else 0.0


def _by_moments(rows: DataFrame, standard: Scaling, min_cluster_size: int) -> Scaling | None:
    """Scale asinh of the z-scores by its moments."""
    told = asinh_moments(rows, len(standard.mean), standard, min_cluster_size)
    return standard.again(told).rounded() if told else None


def _by_quantiles(stores: Survey, rows: DataFrame, marginals: Marginals) -> Scaling | None:
    """Scale asinh of the z-scores by its moments, then blend in its normal scores."""
    told = marginals.pooled(rows, stores)
    if told is None:
        return None
    moments, pooled = told
    scaling = marginals.standard.again(moments).rounded()
    scaled = [
        ((values - mean) * factor, shares)
        for (values, shares), mean, factor in zip(pooled, scaling.mean, scaling.factor, strict=True)
    ]
    return replace(scaling, normal_scores=NormalScores.of_marginals(scaled))


def _warn_of_constant(scaling: Scaling, features: Sequence[str]) -> None:
    """Name the features that tell no customers apart."""
    constant = [f for f, std in zip(features, scaling.std, strict=True) if std == 0]
    if constant:
        logger.warning(
            "Features that do not vary, as far as doubles can tell: %s. They tell no customers "
            "apart.",
            ", ".join(constant),
        )
