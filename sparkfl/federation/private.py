"""What a release policy with an epsilon needs of a training, and what goes no more with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sparkfl.errors import ParameterError
from sparkfl.local.private_fit import CLUSTERS, PrivateFit
from sparkfl.privacy.accountant import Accountant
from sparkfl.privacy.bounds import Bounds
from sparkfl.privacy.noise import Noise, require_opendp

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

    from sparkfl.federation.inputs import Inputs
    from sparkfl.federation.params import FederatedClusteringParams
    from sparkfl.privacy.rules import Rules

__all__ = ["ACCOUNTANT_PATH", "accountant_of", "private_fit", "private_params"]

ACCOUNTANT_PATH = "spark.sparkfl.accountantPath"
"""The setting of a session that says where it is kept what stores have spent."""

_ALGORITHM = "kmeans"
_SCALINGS = ("federation", "none")
_WITHOUT = {
    "guardPath": "the guard would tell, without noise, whether a few customers have changed; the "
    "budget bounds what versions tell together",
    "checkpointDir": "what is left in a checkpoint is drawn again, and told twice",
}


def private_params(params: FederatedClusteringParams, inputs: Inputs) -> FederatedClusteringParams:
    """Return parameters with what a private training does by default in them.

    Raises
    ------
    ParameterError
        If a parameter asks for what only exact figures can give.
    """
    for name, why in _WITHOUT.items():
        if params.isSet(name):
            raise ParameterError(
                f"{name} is {params.getOrDefault(name)!r}, and the release policy has an EPSILON: "
                f"{why}. Leave one out."
            )
    vectors = [column.name for column in inputs.columns if column.size]
    if vectors:
        raise ParameterError(
            f"{vectors[0]!r} is a vector or an array, and the release policy has an EPSILON, whose "
            "BOUNDS are of features by name. Give each feature a column of numbers."
        )
    algorithm, scaling = (params.getOrDefault(name) for name in ("algorithm", "scaling"))
    if params.isSet("algorithm") and algorithm != _ALGORITHM:
        raise ParameterError(
            f"The release policy has an EPSILON, and {algorithm!r} makes clusters of exact rows, "
            f"which noise on their figures does not hide. Give {_ALGORITHM!r}, which is private "
            "then."
        )
    if scaling not in _SCALINGS:
        raise ParameterError(
            f"scaling is {scaling!r}, and the release policy has an EPSILON: figures for it would "
            "be a release of their own. Leave it out, for moments of all stores from what they "
            "release anyway, or give 'none'."
        )
    if params.isSet("handleInvalid") and params.getOrDefault("handleInvalid") == "error":
        raise ParameterError(
            "handleInvalid is 'error', and the release policy has an EPSILON: an error would tell, "
            "without noise, that there is such a row. Give 'skip'; how many rows are left out is "
            "not told."
        )
    given = {"algorithm": _ALGORITHM, "handleInvalid": "skip"}
    return params.copy({params.getParam(name): value for name, value in given.items()})


def private_fit(params: FederatedClusteringParams, inputs: Inputs, rules: Rules) -> PrivateFit:
    """Return how stores are fitted.

    Raises
    ------
    ParameterError
        If a feature has no bounds.
    MissingPackageError
        If OpenDP or dp-accounting is not installed.
    """
    assert rules.epsilon is not None
    assert rules.noise_mechanism is not None
    bounds = Bounds.of_rules(rules, inputs.features, inputs.log1p_cols)
    require_opendp()
    noise = Noise.of(rules.noise_mechanism, rules.epsilon, rules.delta)
    return PrivateFit(params.getK(), params.getSeed(), rules, bounds, noise, CLUSTERS)


def accountant_of(
    params: FederatedClusteringParams, spark: SparkSession, rules: Rules
) -> Accountant | None:
    """Return the accountant, if parameters or the session say where it is.

    Raises
    ------
    ParameterError
        If there is a budget, and nothing says where it is kept what is spent of it.
    """
    path = params.getAccountantPath() or spark.conf.get(ACCOUNTANT_PATH, None)
    if path is not None:
        return Accountant.at(path)
    if rules.budget is not None:
        raise ParameterError(
            f"The release policy has a BUDGET of {rules.budget:g}, and nothing says where it is "
            f"kept what is spent of it. Set ACCOUNTANT_PATH (accountantPath), or {ACCOUNTANT_PATH} "
            "of the session, to a directory of a local file system."
        )
    return None
