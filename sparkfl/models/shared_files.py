"""Files that driver and executors both see, where executors run on other machines."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

__all__ = ["SharedDirectory", "opener", "serve"]


class SharedDirectory(Protocol):
    """A directory of a file system that all machines share."""

    def child(self, name: str) -> str:
        """Return the address of a directory in it."""

    def put(self, directory: Path) -> None:
        """Copy a directory of the driver's disk into it."""

    def fetch(self, directory: Path) -> None:
        """Copy its directory of that name to the driver's disk."""


Opener = Callable[[str], AbstractContextManager[SharedDirectory]]
"""Makes a directory of an address, there as long as the block lasts."""

_openers: list[Opener] = []


def serve(opener: Opener) -> None:
    """Say how shared directories are made; only what knows the JVM can."""
    _openers[:] = [opener]


def opener() -> Opener | None:
    """Return what `serve` was given; None where no JVM is at hand."""
    return _openers[0] if _openers else None
