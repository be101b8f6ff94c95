"""Any scikit-learn estimator as a local algorithm."""

from __future__ import annotations

import importlib
import inspect
from typing import Any

from sparkfl.errors import ParameterError

__all__ = ["estimator"]


def estimator(path: str, k: int, seed: int, params: dict[str, Any] | None = None) -> Any:
    """Make a scikit-learn estimator that labels rows.

    Parameters
    ----------
    path : str
        Module and class, for example ``sklearn.mixture.GaussianMixture``; anything with
        `fit_predict`.
    k : int
        Value of its `n_clusters` or `n_components`, if it has one.
    seed : int
        Value of its `random_state`, if it has one.
    params : dict, optional
        Further parameters.

    Raises
    ------
    ParameterError
        If there is no such class, it is not such an estimator, or a parameter is not valid.

    Examples
    --------
    >>> estimator("sklearn.cluster.AgglomerativeClustering", k=3, seed=0).n_clusters
    3
    """
    module, _, name = path.rpartition(".")
    try:
        class_ = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise ParameterError(
            f"Parameter algorithm = {path!r} is neither a built-in algorithm nor a class that can "
            f"be imported: {error}. Install its package on driver and executors, or correct the "
            "name."
        ) from error
    if not callable(getattr(class_, "fit_predict", None)):
        raise ParameterError(
            f"Parameter algorithm = {path!r} has no fit_predict: it labels no rows."
        )
    known = inspect.signature(class_).parameters
    given = {"n_clusters": k, "n_components": k, "random_state": seed}
    given = {key: value for key, value in given.items() if key in known} | (params or {})
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise ParameterError(
            f"algorithmParams: {path} has no parameter {unknown[0]!r}; it has {', '.join(known)}."
        )
    made = class_(**given)
    try:
        # scikit-learn does so in `fit` only, where no message leaves the store.
        getattr(made, "_validate_params", lambda: None)()
    except ValueError as error:
        raise ParameterError(f"algorithmParams: {error}") from error
    return made
