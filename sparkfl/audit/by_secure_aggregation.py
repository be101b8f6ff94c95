"""Secure aggregation as a protection: a store's moments among those of others, no clusters."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np

from sparkfl.audit.protection import Plan
from sparkfl.audit.store import Store
from sparkfl.audit.told import Told
from sparkfl.statistics.moments import Moments

if TYPE_CHECKING:
    from sparkfl.secure_aggregation import Server

__all__ = ["by_secure_aggregation"]

_OTHERS, _GONE = 6, 2
"""Other stores, of which the last leave when their masks are in the others' vectors."""
_ROWS = 200


def by_secure_aggregation(
    store: Store, plan: Plan, _before: Told | None, _rng: np.random.Generator
) -> Told:
    """Add the store's moments to those of four others, the same ones in every version.

    Two more leave on the way. The aggregator is told the total and has seen every message; nothing
    is told but what can be summed.

    Examples
    --------
    >>> store = Store.of_rows(np.random.default_rng(0).normal(size=(50, 2)))
    >>> told = by_secure_aggregation(store, Plan(), None, np.random.default_rng(0))
    >>> told.moments.n.tolist(), told.clusters is None
    ([[850, 850]], True)
    >>> [float(number) for number in told.aggregator().total()[:2]]
    [850.0, 850.0]
    """
    del plan
    others = _others(store.rows.shape[1])
    summed = [store.moments, *others[: _OTHERS - _GONE]]
    every = (np.concatenate(part) for part in zip(*map(_parts, summed), strict=True))
    return Told(
        moments=Moments(*every).total(), aggregator=partial(_session, store.moments, others)
    )


def _parts(moments: Moments) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return moments.n, moments.mean, moments.ss


@cache
def _others(features: int) -> tuple[Moments, ...]:
    """Moments of the other stores, which nothing of this one changes."""
    rng = np.random.default_rng(_OTHERS)
    rows = rng.normal(0.0, 2.0, size=(_OTHERS, _ROWS, features))
    return tuple(Store.of_rows(own).moments for own in rows)


def _session(own: Moments, others: tuple[Moments, ...]) -> Server:
    """Run the session in which the moments are summed."""
    from sparkfl.secure_aggregation.messages import Step
    from sparkfl.secure_aggregation.rehearsal import rehearse
    from sparkfl.secure_aggregation.vectors import moments_vector

    vectors = {f"other {i}": moments_vector(each) for i, each in enumerate(others)}
    leave = dict.fromkeys(list(vectors)[-_GONE:], Step.MASKED)
    return rehearse({"own": moments_vector(own), **vectors}, leave).server
