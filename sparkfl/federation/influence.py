"""How far the global clusters move without each store."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from sparkfl.errors import CapabilityError
from sparkfl.federation.data import FederationData
from sparkfl.global_.aggregate import aggregate
from sparkfl.statistics.nearest import nearest
from sparkfl.statistics.summary import ClusterSummary

__all__ = ["Influence", "influence"]


class Influence(NamedTuple):
    """What one store does to the global model.

    Parameters
    ----------
    store : object
        The store.
    rows : int
        Rows of its released clusters.
    share : float
        Those of all stores' that are its own.
    mean_shift, max_shift : float or None
        Distance from the global clusters to the nearest ones of the model without the store, in
        the clustering space: the mean, by their rows, and the largest. None if no other store
        has released a cluster. Where stores apart have moved them by Lloyd's iterations, it is of
        the clusters from which these began.
    """

    store: Any
    rows: int
    share: float
    mean_shift: float | None
    max_shift: float | None


def influence(data: FederationData) -> Iterator[Influence]:
    """Leave one store out after the other, and make the global clusters anew.

    The scaling stays what it is, so that distances compare. It is the leave-one-out influence
    of robust statistics [1]_, on what was released alone.

    Parameters
    ----------
    data : FederationData
        A model with the releases of all stores.

    Raises
    ------
    CapabilityError
        If of the stores only totals are known.

    References
    ----------
    .. [1] Hampel, "The influence curve and its role in robust estimation", Journal of the American
       Statistical Association, 1974.

    Examples
    --------
    >>> from sparkfl import FederatedClustering
    >>> rows = [(s, float(x % 2 * 50 + x)) for s in ("north", "south") for x in range(40)]
    >>> df = spark.createDataFrame(rows, "store_id string, spend double")
    >>> model = FederatedClustering(inputCols=["spend"], k=2, globalK=2).fit(df)
    >>> [(each.store, each.share, each.max_shift) for each in influence(model.data)]
    [('north', 0.5, 0.0), ('south', 0.5, 0.0)]
    """
    stores = np.array(data.tables["releases"][0].to_pylist(), dtype=object)
    if not len(stores):
        raise CapabilityError(
            "The global clusters were made of totals over all stores, by secure aggregation: what "
            "they are without one of them cannot be known."
        )
    every = data.releases
    said = logging.getLogger(aggregate.__module__)
    clusters = _made(data, every, said)
    for store in dict.fromkeys(stores.tolist()):
        own = stores == store
        rows = int(every.n[own].sum())
        mean = largest = None
        if not own.all():
            others = ClusterSummary(every.n[~own], every.mean[~own], every.ss[~own])
            without = _made(data, others, said)
            shift = nearest(clusters.mean, without.mean)[1]
            mean = float(np.average(shift, weights=clusters.n))
            largest = float(shift.max())
        yield Influence(store, rows, rows / int(every.n.sum()), mean, largest)


def _made(data: FederationData, releases: ClusterSummary, said: logging.Logger) -> ClusterSummary:
    """Make global clusters as those of the model were."""
    params = data.params
    seeds = params["globalK"], params["globalSeed"]
    # That there are fewer clusters without a store is no news of the model.
    level = said.level
    said.setLevel(logging.ERROR)
    try:
        return aggregate(releases, *seeds, params["weighted"], params["aggregation"])
    finally:
        said.setLevel(level)
