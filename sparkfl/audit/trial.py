"""A trial: an attack on stores behind a protection, and the figure that comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sparkfl.audit.interval import Interval, exact
from sparkfl.audit.population import Population
from sparkfl.audit.protection import Protection

__all__ = ["Run", "Trial"]

Run = Callable[[Protection, Population, int], float]
"""Attacks stores of a population behind a protection, with a seed; returns the figure."""


@dataclass(frozen=True)
class Trial:
    """A row of the table of attacks.

    Parameters
    ----------
    name : str
        Name of the attack, by which protections claim to stop it.
    figure : str
        What is measured.
    target : float
        At most this is met.
    run : callable
        See `Run`.
    works : float
        From this figure on the attack works without protection; a protection counts only then.
        0 where it is no attack but what a protection costs.
    interval : callable, optional
        How far the figure may be off, see `sparkfl.audit.interval`; by default not at all.
    """

    name: str
    figure: str
    target: float
    run: Run
    works: float
    interval: Interval = exact
