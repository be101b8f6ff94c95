"""The global clusters' centres, in the units of the inputs."""

from __future__ import annotations

import numpy as np

from sparkfl.federation.data import FederationData
from sparkfl.statistics.summary import Matrix

__all__ = ["input_centres"]


def input_centres(data: FederationData) -> Matrix:
    """Return the centres of the global clusters in the units of the inputs, shape (k, d).

    Where each store has a scaling of its own, clusters of several stores have no centre in common
    units: it is then the mean of the released clusters nearest to it, weighted by their sizes.

    Parameters
    ----------
    data : FederationData
        A fitted federation.
    """
    if data.scaled_by == "store":
        centres = _means_of_members(data)
    else:
        centres = data.scaling.inverse(data.clusters.mean)
    logged = np.isin(data.inputs.features, data.inputs.log1p_cols)
    centres[:, logged] = np.sign(centres[:, logged]) * np.expm1(np.abs(centres[:, logged]))
    return centres


def _means_of_members(data: FederationData) -> Matrix:
    """Average the released clusters of each global one, each by its own store's scaling."""
    stores = data.tables["releases"]["store"].to_pylist()
    own = np.array(
        [
            data.local_models[store].scaling.inverse(mean)
            for store, mean in zip(stores, data.releases.mean, strict=True)
        ]
    )
    nearest = np.array(data.matches["global_cluster"])
    weights = data.releases.n * (nearest == np.arange(len(data.clusters))[:, None])
    with np.errstate(invalid="ignore"):
        centres: Matrix = weights @ own / weights.sum(axis=1, keepdims=True)
    return centres
