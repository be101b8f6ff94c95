"""What a store keeps of its sums: secrets, vectors, and what it has answered; it never goes out."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sparkfl.exchange.reason import RefusalError
from sparkfl.exchange.storage import LocalStorage

__all__ = ["Ledger"]

_LARGEST = 2**26


class Ledger:
    """A folder of notes that are written once, whole, before anything follows from them.

    A process that is killed between a note and what follows finds the note and does the same; a
    note that would say something else is not written, so that nothing is done twice in two ways.

    Parameters
    ----------
    folder : pathlib.Path
        As private as the rows, and the store's key.

    Examples
    --------
    >>> import tempfile
    >>> ledger = Ledger(Path(tempfile.mkdtemp()) / "sums")
    >>> ledger.once("000001-moments", "begun", {"secret": "ab"})
    {'secret': 'ab'}
    >>> ledger.once("000001-moments", "begun", {"secret": "cd"})
    {'secret': 'ab'}
    >>> ledger.note("000001-moments", "answered") is None
    True
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._storage = LocalStorage(folder)

    def note(self, about: str, what: str) -> dict[str, Any] | None:
        """Return a note; None if there is none."""
        try:
            found: dict[str, Any] = json.loads(self._storage.read(f"{about}/{what}.json", _LARGEST))
        except (FileNotFoundError, RefusalError):
            return None
        return found

    def once(self, about: str, what: str, content: Mapping[str, Any]) -> dict[str, Any]:
        """Write a note unless there is one; return the one that counts, the first."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._storage.create(f"{about}/{what}.json", json.dumps(dict(content)).encode())
        found = self.note(about, what)
        assert found is not None
        return found
