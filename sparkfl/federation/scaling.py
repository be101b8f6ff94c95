"""Which scaling a training takes, and the one that all stores share."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sparkfl.execution.asinh import asinh_moments
from sparkfl.execution.cells import Marginals
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.moments import Moments
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
    def of_json(cls, content: Mapping[str, Any]) -> ScalingUsed:
        """Read what `to_json` wrote."""
        common = content["scaling"]
        return cls(content["whose"], content["reason"], common and Scaling.of_json(common))

    def to_json(self) -> dict[str, Any]:
        """Return the numbers as lists."""
        common = self.common and self.common.to_json()
        return {"whose": self.whose, "reason": self.reason, "scaling": common}

    @classmethod
    def of_stores(
        cls,
        asked: str,
        stores: Survey,
        rows: DataFrame,
        features: Sequence[str],
        rules: Rules,
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
        rules : Rules
            What is asked of what a store tells.
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
            _warn_of_withheld(moments, features)
            _warn_of_constant(standard, features)
            if whose == "quantile":
                again = _by_quantiles(stores, rows, Marginals(standard, cells, rules))
            else:
                again = _by_moments(rows, standard, rules)
            common = replace(standard, asinh=again) if again else common
        return cls(whose, reason, common)


def between_stores(stores: ClusterSummary | Moments) -> float:
    """Share of the variance that lies between stores, averaged over the features that vary.

    Parameters
    ----------
    stores : ClusterSummary or Moments
        Moments of each store; NaN for what one withholds.

    Examples
    --------
    >>> from sparkfl.statistics.summary import ClusterSummary
    >>> apart = ClusterSummary(np.array([10, 10]), np.array([[0.0], [8.0]]), np.array([[40.0]] * 2))
    >>> between_stores(apart)
    0.8
    """
    whole = stores.total().ss[0]
    within = np.nansum(stores.ss, axis=0)[whole > 0]
    return float(np.mean(1 - within / whole[whole > 0])) if len(within) else 0.0


def _by_moments(rows: DataFrame, standard: Scaling, rules: Rules) -> Scaling | None:
    """Scale asinh of the z-scores by its moments."""
    told = asinh_moments(rows, len(standard.mean), standard, rules)
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


def _warn_of_withheld(stores: ClusterSummary | Moments, features: Sequence[str]) -> None:
    """Name the features of which no store tells anything, as one customer dominates each."""
    untold: np.ndarray = np.asarray(np.isnan(stores.mean).all(axis=0))
    if untold.any():
        names = ", ".join(f for f, none in zip(features, untold, strict=True) if none)
        logger.warning(
            "Features of which no store may tell: %s. In each store one customer has more of the "
            "sum of squares than the release policy allows; they tell no customers apart. Raise "
            "DOMINANCE, or take their logarithm.",
            names,
        )


def _warn_of_constant(scaling: Scaling, features: Sequence[str]) -> None:
    """Name the features that tell no customers apart."""
    constant = [f for f, std in zip(features, scaling.std, strict=True) if std == 0]
    if constant:
        logger.warning(
            "Features that do not vary, as far as doubles can tell: %s. They tell no customers "
            "apart.",
            ", ".join(constant),
        )
