"""What several private releases of the same customers tell together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache

from sparkfl.errors import MissingPackageError
from sparkfl.privacy.noise import Noise

__all__ = ["composed_epsilon"]


def composed_epsilon(releases: Iterable[Noise], delta: float) -> float:
    """Bound the epsilon of several releases of one store, each with noise of its own.

    Laplace noise adds up: its epsilons are summed where that is less, or delta is 0. All else is
    composed by the distributions of privacy losses [1]_, by dp-accounting.

    Parameters
    ----------
    releases : iterable of Noise
        The noise of each.
    delta : float
        The delta of all together.

    Returns
    -------
    float
        Infinite for Gaussian noise at a delta of 0; 0 for no release.

    Raises
    ------
    MissingPackageError
        If dp-accounting is not installed.

    References
    ----------
    .. [1] Doroshenko, Ghazi, Kamath, Kumar, Manurangsi, "Connect the dots: tighter discrete
       approximations of privacy loss distributions", PETS 2022.

    Examples
    --------
    >>> one = Noise.of("gaussian", epsilon=1.0, delta=1e-6)
    >>> [round(composed_epsilon([one] * times, 1e-6), 1) for times in (1, 4, 16)]
    [1.0, 2.1, 4.6]
    >>> composed_epsilon([Noise.of("laplace", 0.5)] * 3, 0.0)
    1.5
    """
    counted = Counter(releases)
    return _composed(tuple(sorted(counted.items(), key=repr)), delta)


@lru_cache(maxsize=4096)
def _composed(counted: tuple[tuple[Noise, int], ...], delta: float) -> float:
    """Compose releases, each so many times: the same for thousands of stores."""
    if not counted:
        return 0.0
    added = sum(times / noise.multiplier for noise, times in counted)
    pure = all(noise.mechanism == "laplace" for noise, _ in counted)
    if delta == 0:
        return added if pure else float("inf")
    try:
        from dp_accounting.pld import common
        from dp_accounting.pld import privacy_loss_distribution as pld
    except ImportError as error:
        raise MissingPackageError("The accountant", "dp-accounting", "privacy") from error
    total = pld.identity()
    for noise, times in counted:
        if noise.mechanism == "gaussian":
            one = pld.from_gaussian_mechanism(noise.multiplier)
        else:
            # Of a vector with Laplace noise no more is known for sure than its epsilon.
            stated = common.DifferentialPrivacyParameters(1 / noise.multiplier)
            one = pld.from_privacy_parameters(stated)
        total = total.compose(one.self_compose(times) if times > 1 else one)
    composed = float(total.get_epsilon_for_delta(delta))
    return min(composed, added) if pure else composed
