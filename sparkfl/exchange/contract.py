"""What the stores of a federation have agreed on: the aggregator's first signed document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np

from sparkfl.errors import ParameterError
from sparkfl.exchange.options import (
    FEDERATED_LLOYD,
    FEDERATION_OPTIONS,
    ITERATIONS,
    SECURE_AGGREGATION,
)
from sparkfl.exchange.reason import Reason, RefusalError
from sparkfl.exchange.schema import mapping, text
from sparkfl.federation.estimator import FederatedClustering
from sparkfl.federation.inputs import Inputs
from sparkfl.federation.options import OPTIONS
from sparkfl.federation.policy import rules_of
from sparkfl.federation.round import result_params
from sparkfl.local.algorithms import ALGORITHMS
from sparkfl.privacy.policy import ReleasePolicy
from sparkfl.privacy.rules import Rules
from sparkfl.statistics.log1p import signed_log1p
from sparkfl.statistics.summary import Matrix

__all__ = ["KEPT", "PHASES", "ROSTER", "TYPE", "Contract", "check_kept"]

TYPE = "sparkfl.federation"
"""The type of its document."""

KEPT = tuple(
    field.name
    for field in fields(Rules)
    if field.name not in ("epsilon", "delta", "noise_mechanism", "budget", "bounds")
)
"""Names of the rules that releases of stores apart keep: all but those of noise."""

_SCALINGS = ("federation", "store", "none")
_KEYS = ("federation", "name", "model", "aggregator", "params", "bounds", "max_weight", "quorum")
_OF_LLOYD = ("global_algorithm", "max_iter", "tol", "iteration_guard")
"""Further keys, of a federation that is not one-shot."""

_SECURE = "secure_aggregation"
"""A further key, of a federation with it."""

ROSTER = "roster"
"""First step of a round with secure aggregation: who takes part in its sums."""

PHASES = ("keys", "shares", "masked", "consistency", "unmasking")
"""Steps of one sum by secure aggregation, as `sparkfl.secure_aggregation` has them."""

_LARGEST_PART = 2**21
"""Bytes that a part of a sum may have beyond: shares for many stores, masked numbers."""

_CLUSTERS = 8
"""Clusters of a store at most, if their number follows from its size."""


@dataclass(frozen=True)
class Contract:
    """What is trained, on which features, by which rules, and what is refused.

    Parameters
    ----------
    federation : str
        The federation's identity, drawn when it is created.
    name : str
        What the aggregator calls it.
    model : str
        Name of its model in the registries.
    aggregator : str
        Public key of the aggregator.
    params : mapping of str to object
        Parameters of `FederatedClustering`, by name, `storeCol` and `inputCols` among them.
    bounds : mapping of str to (float, float), default {}
        Least and greatest value of features, as the stores' tables have them.
    max_weight : float, default 20
        How many times the rows of the median store a store may have.
    quorum : int, optional
        Stores that a step needs; more than half of the members by default.
    global_algorithm : {'one_shot', 'federated_lloyd'}, default 'one_shot'
        Whether the global clusters are made of local ones alone, or moved by Lloyd's iterations.
    max_iter : int, default 20
        Iterations of a round at most.
    tol : float, default 1e-4
        They end once no centre moves farther, in the clustering space.
    iteration_guard : bool, default True
        Whether differences of iterations are told of no fewer customers than sums are.
    secure_aggregation : bool, default False
        Whether the aggregator has totals over the stores alone.

    Examples
    --------
    >>> contract = Contract.made("f1", "shops", "00" * 32, {"inputCols": ["spend"], "k": 3})
    >>> contract.features, contract.steps, contract.rules.min_size
    (('spend',), ('moments', 'asinh', 'clusters', 'scores'), 10)
    >>> Contract.of_content(contract.content()) == contract
    True
    """

    federation: str
    name: str
    model: str
    aggregator: str
    params: Mapping[str, Any]
    bounds: Mapping[str, tuple[float, float]]
    max_weight: float
    quorum: int | None
    global_algorithm: str = ITERATIONS[0].default
    max_iter: int = ITERATIONS[1].default
    tol: float = ITERATIONS[2].default
    iteration_guard: bool = ITERATIONS[3].default
    secure_aggregation: bool = SECURE_AGGREGATION.default

    @classmethod
    def made(
        cls,
        federation: str,
        name: str,
        aggregator: str,
        params: Mapping[str, Any],
        model: str | None = None,
        bounds: Mapping[str, Sequence[float]] | None = None,
        max_weight: float = 20.0,
        quorum: int | None = None,
        secure_aggregation: bool | None = None,
        **iterations: Any,
    ) -> Contract:
        """Check what is to be agreed on, and fill in the defaults.

        Raises
        ------
        ParameterError
            If a parameter is unknown or not valid, or is not for stores apart.
        """
        estimator = FederatedClustering(**_valid(params))
        estimator.check_params()
        stated = result_params(estimator)
        if stated.get("releasePolicy") is not None:
            policy = stated["releasePolicy"]
            if isinstance(policy, str):
                raise ParameterError(
                    f"releasePolicy of a federation is {policy!r}, a name; say what it asks, "
                    "since stores have registries of their own."
                )
            check_kept(policy)
            stated["releasePolicy"] = ReleasePolicy.of_json(policy).to_json()
            check_kept(stated["releasePolicy"])
        if stated["algorithm"] not in ALGORITHMS:
            raise ParameterError(
                f"Parameter algorithm is {stated['algorithm']!r}; stores apart take "
                f"one of {', '.join(ALGORITHMS)}: no store runs a class that somebody else names."
            )
        if stated["scaling"] not in _SCALINGS:
            raise ParameterError(
                f"Parameter scaling is {stated['scaling']!r}; stores apart take one "
                f"of {', '.join(_SCALINGS)}. The others need further rounds."
            )
        moved = _iterations(iterations, stated["scaling"])
        given = cls(
            federation,
            name,
            model or name,
            aggregator,
            stated,
            {},
            float(max_weight),
            quorum,
            *moved,
        )
        secure = bool(secure_aggregation)
        stated_bounds = _bounds(bounds or {}, given.features)
        found = replace(given, bounds=stated_bounds, secure_aggregation=secure)
        if secure:
            _check_secure(found)
        return found

    def content(self) -> dict[str, Any]:
        """Return what is signed."""
        bounds = {feature: list(pair) for feature, pair in self.bounds.items()}
        keys = (*_KEYS, *_OF_LLOYD) if self.iterates else _KEYS
        keys = (*keys, _SECURE) if self.secure_aggregation else keys
        return {**{key: getattr(self, key) for key in keys}, "bounds": bounds}

    @classmethod
    def of_content(cls, content: Mapping[str, Any]) -> Contract:
        """Read what `content` returned.

        Raises
        ------
        RefusalError
            As `MALFORMED` if it is no contract that this sparkfl knows.
        """
        further = _OF_LLOYD if _OF_LLOYD[0] in content else ()
        further = (*further, _SECURE) if _SECURE in content else further
        found = mapping(dict(content), (*_KEYS, *further), "a federation")
        for key in ("federation", "name", "model", "aggregator"):
            text(found[key], key)
        try:
            return cls.made(
                found["federation"],
                found["name"],
                found["aggregator"],
                found["params"],
                found["model"],
                found["bounds"],
                found["max_weight"],
                found["quorum"],
                **{key: found[key] for key in further},
            )
        except (ParameterError, TypeError, ValueError) as error:
            raise RefusalError(Reason.MALFORMED, f"the federation's contract: {error}") from error

    @cached_property
    def estimator(self) -> FederatedClustering:
        """The estimator of the parameters, without the policy and the private paths of a store."""
        return FederatedClustering(**self.params)

    @cached_property
    def rules(self) -> Rules:
        """What is asked of every release, at least."""
        return rules_of(self.estimator)

    @cached_property
    def inputs(self) -> Inputs:
        """What a model of the federation reads: numbers, and the store by its name."""
        params = self.params
        return Inputs.of_numbers(
            params["storeCol"], "string", params["inputCols"], params["log1pCols"]
        )

    @property
    def features(self) -> tuple[str, ...]:
        """Names of the features, in order."""
        return tuple(self.params["inputCols"])

    @cached_property
    def steps(self) -> tuple[str, ...]:
        """Names of the steps of a round, in order; iterations that are not needed are left out."""
        scaling = ("moments", "asinh") if self.params["scaling"] == "federation" else ()
        moved = [f"lloyd{i}" for i in range(1, self.max_iter + 1)] if self.iterates else []
        if not self.secure_aggregation:
            return (*scaling, "clusters", *moved, "scores")
        sums = (*scaling, *moved, "scores")
        return (ROSTER, *(f"{sum_}_{phase}" for sum_ in sums for phase in PHASES))

    @property
    def iterates(self) -> bool:
        """Whether a round has Lloyd's iterations."""
        return self.global_algorithm == FEDERATED_LLOYD

    def place(self, step: str) -> int:
        """Return the place of a step in a round, from 1, which names of files have."""
        return self.steps.index(step) + 1

    @property
    def most_clusters(self) -> int:
        """Clusters that a store may release at most."""
        return int(self.params.get("k") or _CLUSTERS)

    @property
    def largest_file(self) -> int:
        """Bytes of the largest release there can be, generously."""
        clusters = max(self.most_clusters, int(self.params["globalK"]) if self.iterates else 0)
        size = 2**17 + 64 * (clusters + 6) * (len(self.features) + 4)
        return size + _LARGEST_PART if self.secure_aggregation else size

    @property
    def limits(self) -> tuple[Matrix, Matrix]:
        """Bounds of the features as they are scaled, infinite where there are none."""
        pairs = [self.bounds.get(f, (-np.inf, np.inf)) for f in self.features]
        ends = np.array(pairs, dtype=np.float64).T
        logarithmic = [name in self.params["log1pCols"] for name in self.features]
        ends[:, logarithmic] = signed_log1p(ends[:, logarithmic])
        return ends[0], ends[1]


def check_kept(policy: Mapping[str, Any]) -> None:
    """Refuse a policy of which the releases of stores apart would not keep all that it asks.

    Raises
    ------
    ParameterError
        If it asks for more than the rules that are `KEPT`.

    Examples
    --------
    >>> check_kept({"min_size": 12, "grid": 0.1})
    >>> check_kept({"min_size": 12, "epsilon": 1.0})
    Traceback (most recent call last):
    sparkfl.errors.ParameterError: The release policy asks for epsilon, which releases of stores \
apart do not keep yet. Leave it out, or train in one Spark.
    """
    stated = ReleasePolicy().to_json()
    beyond = [
        name
        for name, value in policy.items()
        if name not in KEPT and value is not None and value != stated.get(name)
    ]
    if beyond:
        raise ParameterError(
            f"The release policy asks for {', '.join(sorted(beyond))}, which releases of stores "
            "apart do not keep yet. Leave it out, or train in one Spark."
        )


def _valid(params: Mapping[str, Any]) -> dict[str, Any]:
    """Refuse what a contract cannot have: private paths, and no list of features."""
    private = sorted({o.param for o in OPTIONS if not o.decides} & set(params))
    if private:
        raise ParameterError(
            f"{private[0]} is a store's own: it is given where the store releases, not to the "
            "federation."
        )
    if not params.get("inputCols"):
        needed = next(o for o in FEDERATION_OPTIONS if o.param == "inputCols")
        raise ParameterError(f"A federation needs {needed.param}, {needed.accepts}: {needed.doc}")
    return dict(params)


def _iterations(given: Mapping[str, Any], scaling: str) -> tuple[str, int, float, bool]:
    """Check what is said of Lloyd's iterations, and fill in the defaults."""
    unknown = sorted(set(given) - set(_OF_LLOYD))
    if unknown:
        raise TypeError(f"a federation has no {unknown[0]}")
    algorithm, *others = (
        option.check(given[key], option.param) if given.get(key) is not None else option.default
        for key, option in zip(_OF_LLOYD, ITERATIONS, strict=True)
    )
    for option, value in zip(ITERATIONS[1:], others, strict=True):
        if algorithm != FEDERATED_LLOYD and value != option.default:
            raise ParameterError(
                f"Parameter {option.param} is {value!r}, and there are no iterations: say "
                f"{ITERATIONS[0].param} {FEDERATED_LLOYD!r}, or leave it out."
            )
    if algorithm == FEDERATED_LLOYD and scaling == "store":
        raise ParameterError(
            f"Parameter {ITERATIONS[0].param} is {FEDERATED_LLOYD!r} and scaling 'store': stores "
            "add up over centres of one space. Take scaling 'federation' or 'none'."
        )
    return (algorithm, *others)


def _check_secure(contract: Contract) -> None:
    """Refuse secure aggregation of what cannot only be summed, or not be checked in totals."""
    name = SECURE_AGGREGATION.param
    if not contract.iterates:
        raise ParameterError(
            f"Parameter {name} is True and {ITERATIONS[0].param} {contract.global_algorithm!r}, "
            f"of which local clusters are told, not summed. Say {FEDERATED_LLOYD!r}."
        )
    unbounded = [feature for feature in contract.features if feature not in contract.bounds]
    if unbounded:
        raise ParameterError(
            f"Parameter {name} is True and bounds has no {unbounded[0]!r}: of totals nothing else "
            "can be checked, and initial centres lie within them. State the bounds of every "
            "feature."
        )


def _bounds(
    given: Mapping[str, Sequence[float]], features: Sequence[str]
) -> dict[str, tuple[float, float]]:
    """Check the bounds of features."""
    found = {}
    for feature, pair in given.items():
        if feature not in features:
            raise ParameterError(
                f"Parameter bounds has {feature!r}, which is no feature; they are "
                f"{', '.join(features)}."
            )
        try:
            low, high = map(float, pair)
        except (TypeError, ValueError):
            low, high = np.nan, np.nan
        if not (np.isfinite(low) and np.isfinite(high) and low < high):
            raise ParameterError(
                f"Parameter bounds of {feature!r} are {pair!r}; give a least and a greatest number "
                f'as {{"{feature}": [0, 1000]}}.'
            )
        found[feature] = (low, high)
    return found
