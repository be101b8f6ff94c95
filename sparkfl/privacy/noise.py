"""Noise of differential privacy: what one release costs, and how much of it hides one customer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from sparkfl.errors import MissingPackageError
from sparkfl.statistics.summary import Matrix

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["MECHANISMS", "UNIT", "Noise", "require_opendp"]

MECHANISMS = ("gaussian", "laplace")

UNIT = 2**20
"""Figures are whole multiples of 1/UNIT before noise is added: sums of integers are exact, so that
no rounding of floating point adds to what one customer changes."""

_NAME = "A release policy with EPSILON"


@dataclass(frozen=True)
class Noise:
    """Noise for one release of a store, which may have several parts.

    Each part is a vector that one customer, with all of its rows, changes by a norm of at most 1:
    the Euclidean norm for Gaussian noise, the sum of absolute values for Laplace. The parts' shares
    add up to 1. Gaussian noise of deviations ``multiplier / sqrt(share)`` composes to that of one
    release of deviation `multiplier` [1]_; Laplace noise of scales ``multiplier / share`` adds up
    to epsilon ``1 / multiplier`` [2]_.

    Parameters
    ----------
    mechanism : {'gaussian', 'laplace'}
        The distribution.
    multiplier : float
        Deviation, or scale, that all of the budget would buy.

    References
    ----------
    .. [1] Dong, Roth, Su, "Gaussian differential privacy", Journal of the Royal Statistical
       Society B, 2022: Gaussian mechanisms compose to a Gaussian mechanism. OpenDP draws from the
       discrete Gaussian of Canonne, Kamath, Steinke, "The discrete Gaussian for differential
       privacy", NeurIPS 2020.
    .. [2] Dwork, McSherry, Nissim, Smith, "Calibrating noise to sensitivity in private data
       analysis", TCC 2006.

    Examples
    --------
    >>> noise = Noise.of("laplace", epsilon=0.5)
    >>> noise.multiplier, noise.scale(share=0.25), noise.norm
    (2.0, 8.0, 1)
    >>> round(Noise.of("gaussian", 1.0, 1e-6).multiplier, 1)
    4.2
    """

    mechanism: str
    multiplier: float

    @classmethod
    def of(cls, mechanism: str, epsilon: float, delta: float = 0.0) -> Noise:
        """Calibrate noise so that a release is (epsilon, delta)-differentially private.

        Raises
        ------
        MissingPackageError
            If Gaussian noise is asked for, and dp-accounting is not installed.
        """
        if mechanism == "laplace":
            return cls(mechanism, 1.0 / epsilon)
        return cls(mechanism, _gaussian_multiplier(epsilon, delta))

    @property
    def norm(self) -> int:
        """Norm by which one customer's part is bounded: 1 or 2."""
        return 1 if self.mechanism == "laplace" else 2

    def scale(self, share: float) -> float:
        """Parameter of the noise of a part: its deviation if Gaussian, its scale if Laplace."""
        return self.multiplier / (share if self.mechanism == "laplace" else share**0.5)

    def deviation(self, share: float) -> float:
        """Return the standard deviation of the noise of a part."""
        return self.scale(share) * (2**0.5 if self.mechanism == "laplace" else 1.0)

    def part(self, share: float) -> Noise:
        """Return the noise that a share of the budget buys, for a release of it."""
        return replace(self, multiplier=self.scale(share))

    def add(self, figures: npt.NDArray[np.int64], share: float) -> Matrix:
        """Add noise to figures in units of 1/`UNIT`.

        Parameters
        ----------
        figures : numpy.ndarray of int64, of any shape
            Exact figures, of which one customer changes a norm of `UNIT` at most.
        share : float
            Share of the budget.

        Returns
        -------
        numpy.ndarray of float64, of the same shape
            The figures with noise, in their own unit.

        Raises
        ------
        MissingPackageError
            If OpenDP is not installed.
        """
        release = _measurement(self.mechanism, self.scale(share) * UNIT)
        told = release(figures.ravel().tolist())
        return np.asarray(told, dtype=np.float64).reshape(figures.shape) / UNIT


def require_opendp() -> None:
    """Refuse to go on where OpenDP cannot be imported.

    Raises
    ------
    MissingPackageError
        If it is not installed.
    """
    _opendp()


def _opendp() -> Any:
    """Import OpenDP, and turn on what is needed of it."""
    try:
        import opendp.prelude as dp
    except ImportError as error:
        raise MissingPackageError(_NAME, "opendp", "privacy") from error
    # That noise is added to vectors of integers is "contrib": proven, and not vetted by all.
    dp.enable_features("contrib")
    return dp


@cache
def _measurement(mechanism: str, scale: float) -> Callable[[list[int]], list[int]]:
    """Make the mechanism of OpenDP for vectors of integers."""
    dp = _opendp()
    space = dp.vector_domain(dp.atom_domain(T="i64"))
    if mechanism == "laplace":
        made = dp.m.make_laplace(space, dp.l1_distance(T="i64"), scale)
    else:
        made = dp.m.make_gaussian(space, dp.l2_distance(T="i64"), scale)
    release: Callable[[list[int]], list[int]] = made
    return release


@cache
def _gaussian_multiplier(epsilon: float, delta: float) -> float:
    """Find the least deviation that is (epsilon, delta), by the accountant that will count it."""
    try:
        import dp_accounting
        from dp_accounting import pld
    except ImportError as error:
        raise MissingPackageError(_NAME, "dp-accounting", "privacy") from error
    found: float = dp_accounting.calibrate_dp_mechanism(
        pld.PLDAccountant, dp_accounting.GaussianDpEvent, epsilon, delta, tol=1e-6
    )
    return found
