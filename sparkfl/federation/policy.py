"""The release policy of a training: found by its name, and what is asked of its releases."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sparkfl.columns import resolve
from sparkfl.errors import AggregationError, ParameterError
from sparkfl.execution.entities import ENTITY, entity_code
from sparkfl.execution.guard import Guard
from sparkfl.federation.options import OPTIONS
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.privacy.rules import Rules, stricter
from sparkfl.registry import TRACKING_URI, ModelRegistry
from sparkfl.statistics.severity import ScoreDistribution

if TYPE_CHECKING:
    from pyspark.sql import Column, DataFrame, SparkSession

    from sparkfl.federation.inputs import Inputs
    from sparkfl.federation.params import FederatedClusteringParams

__all__ = [
    "GUARD_PATH",
    "entity_columns",
    "guard_of",
    "require_guard",
    "require_scores",
    "rules_of",
    "stated_policy",
]

GUARD_PATH = "spark.sparkfl.guardPath"
"""The setting of a session that says where a guard keeps what it knows."""


def stated_policy(params: FederatedClusteringParams, spark: SparkSession) -> dict[str, Any] | None:
    """Return the policy that parameters name or state, as it is now; None without one.

    Raises
    ------
    PolicyNotFoundError
        If the registry has none of the name.
    ParameterError
        If what is stated is no policy.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> estimator = FederatedClustering(releasePolicy=ReleasePolicy(min_size=20))
    >>> stated_policy(estimator, spark)["min_size"]
    20
    """
    given = params.getReleasePolicy()
    if given is None:
        return None
    if isinstance(given, str):
        given = ModelRegistry(spark.conf.get(TRACKING_URI, None)).policy(given).content
    return ReleasePolicy.of_json(given).to_json()


def guard_of(
    params: FederatedClusteringParams, spark: SparkSession, inputs: Inputs, rules: Rules
) -> Guard | None:
    """Return the guard against differencing, if parameters or the session say where it is.

    Raises
    ------
    ParameterError
        If there is a checkpoint too: its results have not passed the guard; or if the session's
        setting is no absolute path.
    """
    path, name = params.getGuardPath(), "guardPath"
    if path is None:
        path, name = spark.conf.get(GUARD_PATH, None), GUARD_PATH
    if path is None:
        return None
    path = next(option for option in OPTIONS if option.param == "guardPath").check(path, name)
    if params.isDefined("checkpointDir"):
        raise ParameterError(
            f"checkpointDir is {params.getCheckpointDir()!r} and {name} {path!r}: what is left "
            "in a checkpoint would pass the guard by. Give one of them."
        )
    read = json.dumps(inputs.to_json(), sort_keys=True)
    space = sha256(read.encode()).hexdigest()[:16]
    scaled = [space, params.getScaling(), params.getQuantileCells()]
    plan = sha256(json.dumps(scaled).encode()).hexdigest()[:16]
    return Guard(path.rstrip("/") or "/", space, rules.rules, plan, name)


def require_guard(
    guarded: bool | None, params: FederatedClusteringParams, spark: SparkSession
) -> None:
    """Refuse to train the next version of one that was guarded without a guard.

    Raises
    ------
    ParameterError
        If neither parameters nor the session say where it is.
    """
    if guarded and params.getGuardPath() is None and spark.conf.get(GUARD_PATH, None) is None:
        raise ParameterError(
            "The version before was guarded against differencing, and this one would not be: it "
            "might differ from it by a single customer. Give it the same directory, by guardPath "
            f"or {GUARD_PATH}; without a guard train a new model."
        )


def rules_of(params: FederatedClusteringParams) -> Rules:
    """Return what is asked of all that stores release, of a policy that is stated.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> rules_of(FederatedClustering(releasePolicy=ReleasePolicy(), minClusterSize=12)).min_size
    12
    """
    sizes, policy = Rules(params.getMinClusterSize()), params.getReleasePolicy()
    return sizes if policy is None else stricter(ReleasePolicy.of_json(policy), sizes)


def entity_columns(df: DataFrame, rules: Rules, inputs: Inputs) -> list[Column]:
    """Return the column that says whom rows are about, as a number; none if nothing does.

    Raises
    ------
    SchemaError
        If the rows have no such column.
    ParameterError
        If it is the store's, or a feature.
    """
    if rules.entity_key is None:
        return []
    found = resolve(df, rules.entity_key, "ENTITY_KEY of the release policy: the input")
    for path, what in (
        (inputs.store_col, "the store"),
        *((c.name, "a feature") for c in inputs.columns),
    ):
        if found.name == path:
            raise ParameterError(
                f"ENTITY_KEY of the release policy is {rules.entity_key!r}, which is {what} too. "
                "Name the column of the customers; it is no feature."
            )
    return [entity_code(found.column).alias(ENTITY)]


def require_scores(found: ScoreDistribution | None, rules: Rules) -> ScoreDistribution:
    """Refuse to go on where not even the scores of all stores together may be told.

    Raises
    ------
    AggregationError
        If there is no distribution.
    """
    if found is None:
        whose = rules.entity_key or "customers"
        raise AggregationError(
            "The scores of all stores together may not be told: they are of fewer than "
            f"{rules.min_size} {whose}, or mostly of one. Train more stores."
        )
    return found
