"""Global models of a federation as versions in MLflow: each once, whatever was interrupted."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from sparkfl.errors import QuorumError
from sparkfl.exchange.aggregator import Aggregated, Aggregator
from sparkfl.exchange.global_model import explained_variance
from sparkfl.exchange.member import Fetched
from sparkfl.exchange.standing import Standing
from sparkfl.exchange.steps import SoFar
from sparkfl.federation.data import FederationData
from sparkfl.privacy.policy import guarantee
from sparkfl.registry import ModelRegistry, ModelVersion

__all__ = [
    "FEDERATION",
    "GLOBAL_ALGORITHM",
    "aggregate_into",
    "register_fetched",
    "register_standing",
]

FEDERATION, ROUND, REVISION = "sparkfl.federation", "sparkfl.round", "sparkfl.revision"
GLOBAL_ALGORITHM = "sparkfl.global_algorithm"


def aggregate_into(
    registry: ModelRegistry,
    aggregator: Aggregator,
    quorum: int | None = None,
    deadline: float | None = None,
    aggregation: str | None = None,
    quality_threshold: float | None = None,
) -> tuple[Aggregated, ModelVersion | None]:
    """Aggregate, and register the global model that stands then, unless it is registered.

    What an interrupted call has published and not registered is registered first.

    Parameters
    ----------
    registry : ModelRegistry
        Where versions go.
    aggregator : Aggregator
        The federation's.
    quorum, deadline, aggregation
        As of :meth:`~sparkfl.exchange.aggregator.Aggregator.aggregate`.
    quality_threshold : float, optional
        Share of the released customers' variance, in [0, 1], that must lie between the global
        clusters for the version to become ``champion``. Without it no alias is touched.

    Returns
    -------
    tuple of Aggregated and ModelVersion or None
        What was done, and the version of the model that stands; None before the first.

    Raises
    ------
    QuorumError
        If too few stores have released; what was closed and registered stands.
    """
    registry.check_writable()
    history = aggregator.history
    before = after = None
    fresh = False
    if history.last:
        standing = Standing.read(aggregator.storage, history)
        before, fresh = register_standing(registry, standing, quality_threshold)
    try:
        done = aggregator.aggregate(quorum, deadline, aggregation)
    except QuorumError:
        if not fresh:
            raise
        turn = aggregator.history.turn
        done = Aggregated([], False, standing, f"step {turn.step} of round {turn.round}")
    if done.standing is not None:
        after, _ = register_standing(registry, done.standing, quality_threshold)
    return done, after or before


def register_fetched(
    registry: ModelRegistry, name: str, fetched: Fetched, more: Mapping[str, str] | None = None
) -> ModelVersion:
    """Register a global model that a store has fetched in the store's own registry, once.

    Parameters
    ----------
    registry : ModelRegistry
        The store's.
    name : str
        What the model is called there.
    fetched : Fetched
        The model.
    more : mapping of str to str, optional
        Further tags.
    """
    tags = {
        FEDERATION: fetched.federation,
        ROUND: str(fetched.round),
        REVISION: str(fetched.revision),
        **_counts(fetched.data),
    }
    return _found(registry, name, tags) or registry.register(
        name,
        fetched.data,
        if_exists="new_version",
        options={"FEDERATION": fetched.name, "ROLE": "store"},
        tags={**tags, **(more or {})},
        digest=sha256(json.dumps([name, tags], sort_keys=True).encode()).hexdigest(),
    )


def register_standing(
    registry: ModelRegistry, standing: Standing, quality_threshold: float | None = None
) -> tuple[ModelVersion, bool]:
    """Register a global model, or find its version; tell whether there was none.

    Parameters
    ----------
    registry : ModelRegistry
        Where versions go.
    standing : Standing
        The global model.
    quality_threshold : float, optional
        As of `aggregate_into`.
    """
    contract = standing.known.contract
    quality = explained_variance(standing.data)
    tags = {
        FEDERATION: contract.federation,
        ROUND: str(standing.round),
        REVISION: str(standing.revision),
        "sparkfl.quality": repr(quality),
        "sparkfl.released": guarantee(contract.rules),
        "sparkfl.scaling_used": f"{standing.data.scaled_by}: {standing.data.scaling_reason}",
        GLOBAL_ALGORITHM: _made_by(standing.known),
        **_counts(standing.data),
    }
    found = _found(registry, contract.model, tags)
    made = found or registry.register(
        contract.model,
        standing.data,
        if_exists="new_version",
        options={"FEDERATION": contract.name},
        metrics={"explained_variance": quality},
        tables={"verdicts": standing.data.tables["verdicts"].drop(["content"]).to_pandas()},
        tags=tags,
        digest=standing.digest,
    )
    if quality_threshold is not None:
        registry.judge(made, champion=quality >= quality_threshold)
    return made, found is None


def _made_by(known: SoFar) -> str:
    """Say how the global clusters were made."""
    name = known.contract.global_algorithm
    if not known.iterations:
        return name
    last = known.results[f"lloyd{known.iterations}"]
    rest = "at rest" if last["converged"] else f"centres moving by {last['shift']:.3g}"
    how = ", by totals alone" if known.contract.secure_aggregation else ""
    return f"{name}: {known.iterations} iterations, {rest}{how}"


def _counts(data: FederationData) -> dict[str, str]:
    """Count the stores, and those that have a model."""
    return {
        "sparkfl.stores": str(len(data.tables["verdicts"])),
        "sparkfl.stores_trained": str(len(data.stores())),
    }


def _found(registry: ModelRegistry, name: str, tags: dict[str, Any]) -> ModelVersion | None:
    """Return the version of a global model, if it is registered."""
    if not registry.exists(name):
        return None
    keys = (FEDERATION, ROUND, REVISION)
    return next(
        (v for v in registry.versions(name) if all(v.tags.get(k) == tags[k] for k in keys)), None
    )
