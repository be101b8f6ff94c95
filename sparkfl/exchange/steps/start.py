"""The centres that iterations begin with where no store tells any: no row has a part in them."""

from __future__ import annotations

import numpy as np

from sparkfl.exchange.contract import Contract
from sparkfl.exchange.steps.limits import limits_of
from sparkfl.statistics.scaling import Scaling
from sparkfl.statistics.summary import Matrix

__all__ = ["public_centres"]


def public_centres(contract: Contract, scaling: Scaling) -> Matrix:
    """Draw initial centres within the federation's bounds, by its seed.

    In a space that is scaled by the moments of all stores they are drawn around the mean of all,
    as far as features spread; in one that is not, anywhere within the bounds alike.

    Parameters
    ----------
    contract : Contract
        The federation's; every feature has bounds.
    scaling : Scaling
        Into the clustering space.

    Returns
    -------
    numpy.ndarray, shape (k, d)
        `globalK` centres.

    Examples
    --------
    >>> given = {"inputCols": ["spend"], "globalK": 3, "scaling": "none"}
    >>> how = {"global_algorithm": "federated_lloyd", "secure_aggregation": True}
    >>> bounds = {"spend": (0, 9)}
    >>> contract = Contract.made("f1", "shops", "00" * 32, given, bounds=bounds, **how)
    >>> public_centres(contract, Scaling.identity(1)).round(1).ravel().tolist()
    [5.7, 2.4, 0.4]
    """
    params = contract.params
    random = np.random.default_rng(params["globalSeed"])
    shape = params["globalK"], len(contract.features)
    low, high = limits_of(contract, scaling)
    if params["scaling"] == "none":
        return random.uniform(low, high, shape)
    return np.clip(random.standard_normal(shape), low, high)
