"""The release policy and OPTIONS that a call of `ml_train_with_privacy` means."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pyspark.sql import SparkSession

from sparkfl.errors import ParameterError
from sparkfl.federation.options import ALGORITHM, OPTIONS
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.serving.catalog import qualified, registry

__all__ = ["asked_policy", "private_options"]

_FUNCTION = "ml_train_with_privacy"
_POLICY = next(option for option in OPTIONS if option.param == "releasePolicy")


def asked_policy(
    spark: SparkSession, given: Mapping[str, object], named: str | None
) -> ReleasePolicy:
    """Return the policy that arguments describe, or make stricter.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        The session in which `named` is a policy.
    given : mapping of str to object
        `privacy_budget` and others that are options of a policy.
    named : str or None
        A policy.

    Raises
    ------
    ParameterError
        If there is no epsilon, an argument is not valid, or asks for less than the policy does.

    Examples
    --------
    >>> given = {"privacy_budget": 0.5, "bounds": {"spend": (0, 500)}}
    >>> asked_policy(spark, given, None).epsilon
    0.5
    """
    options = {key.upper(): value for key, value in given.items() if key != "privacy_budget"}
    if "privacy_budget" in given:
        options["EPSILON"] = given["privacy_budget"]
    if named is None:
        if "EPSILON" not in options:
            raise ParameterError(
                f"{_FUNCTION} needs privacy_budget, the epsilon of the training, such as 1.0, or a "
                "release_policy that has EPSILON."
            )
        return ReleasePolicy.of_options(options)
    stored = registry(spark).policy(qualified(spark, named)).content
    policy = ReleasePolicy.of_json(stored)
    if policy.epsilon is None:
        return policy.changed(options)
    asked = policy.changed(options)
    if asked.epsilon is None or asked.epsilon > policy.epsilon:
        raise ParameterError(
            f"{_FUNCTION}: privacy_budget is {asked.epsilon:g}, and release policy {named!r} has "
            f"EPSILON {policy.epsilon:g}. A call can ask for less, not for more."
        )
    if asked.changed({"EPSILON": policy.epsilon}) != policy:
        other = ", ".join(key for key in given if key != "privacy_budget")
        raise ParameterError(
            f"{_FUNCTION}: release policy {named!r} says it otherwise than {other}. Leave that out."
        )
    return asked


def private_options(policy: ReleasePolicy, parameters: Mapping[str, object]) -> dict[str, object]:
    """Return the OPTIONS of CREATE FEDERATED MODEL.

    Raises
    ------
    ParameterError
        If `parameters` name a policy, too.

    Examples
    --------
    >>> policy = ReleasePolicy(epsilon=1.0, bounds={"spend": (0, 500)})
    >>> sorted(private_options(policy, {"num_clusters": 4}))
    ['MODEL_TYPE', 'RELEASE_POLICY', 'num_clusters']
    """
    if _POLICY.named_in(parameters):
        raise ParameterError(
            f"{_FUNCTION}: the parameters have {_POLICY.key_in(parameters)}; give release_policy "
            "=> 'name' instead."
        )
    options = {_POLICY.key: json.dumps(policy.to_json()), **parameters}
    return options if ALGORITHM.named_in(options) else {ALGORITHM.key: "kmeans", **options}
