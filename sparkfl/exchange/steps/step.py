"""A step of a round: what stores tell in it, what is checked, and what is made of it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

from sparkfl.exchange.contract import Contract
from sparkfl.exchange.steps.so_far import SoFar
from sparkfl.privacy.rules import Rules

__all__ = ["Step"]

Told = TypeVar("Told")


class Step(ABC, Generic[Told]):
    """One step; a further one is a file here, and a line in `sparkfl.exchange.steps.STEPS`."""

    @abstractmethod
    def write(self, told: Told) -> dict[str, Any]:
        """Return what a store tells, as JSON has it."""

    @abstractmethod
    def read(self, body: Any, contract: Contract) -> Told:
        """Read what `write` returned.

        Raises
        ------
        RefusalError
            As `MALFORMED`, if it is anything else.
        """

    @abstractmethod
    def check(self, told: Told, so_far: SoFar, rules: Rules, before: int | None) -> None:
        """Check what one store tells, by itself.

        Parameters
        ----------
        told : object
            What it tells.
        so_far : SoFar
            The steps before.
        rules : Rules
            Under which it has released.
        before : int or None
            Its rows in the step before.

        Raises
        ------
        RefusalError
            If it cannot be what a store of the federation has.
        """

    @abstractmethod
    def rows(self, told: Told) -> int:
        """Return the weight of a store: the rows that it tells of; 0 if it tells nothing."""

    def why(self, told: Told) -> str | None:
        """Return why a store that tells nothing does not, if it says so."""
        del told
        return None

    def sender(self, told: Told) -> str | None:
        """Return the store that it names itself as its sender; None if it names none."""
        del told
        return None

    @abstractmethod
    def combine(self, told: Mapping[str, Told], so_far: SoFar) -> dict[str, Any]:
        """Make what is published of what the stores tell, by store, in their order."""
