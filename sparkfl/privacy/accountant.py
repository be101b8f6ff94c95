"""The accountant: what each store has spent of its budget, kept on disk before anything is told."""

from __future__ import annotations

import fcntl
import json
import os
import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sparkfl.errors import ParameterError, StorageError
from sparkfl.privacy.composition import composed_epsilon
from sparkfl.privacy.noise import MECHANISMS, Noise

__all__ = ["Account", "Accountant", "Asked"]

_FILE = "spent.jsonl"
_ROUNDING = 1 + 1e-9
"""Three times 0.1 is 0.3."""


@dataclass(frozen=True)
class Asked:
    """What a release of stores is to cost, and how much all of theirs may.

    Parameters
    ----------
    noise : Noise
        Of the release.
    epsilon, delta : float
        What it states.
    budget : float or None
        Epsilon of all releases of a store together, at `delta`; None if nothing limits it.
    """

    noise: Noise
    epsilon: float
    delta: float
    budget: float | None


@dataclass(frozen=True)
class Account:
    """What a store has spent.

    Attributes
    ----------
    store : str
        The store, as a text.
    spent : float
        Epsilon of all its releases together, at `delta`; not the sum of theirs, but what they tell
        together.
    delta : float
        The last release's.
    budget : float or None
        Epsilon that they may have together, as stated with the last release.
    releases : int
        How many there were.
    last : datetime.datetime or None
        When the last was made, in UTC.
    """

    store: str
    spent: float
    delta: float
    budget: float | None
    releases: int
    last: datetime | None

    @property
    def remaining(self) -> float | None:
        """What is left of the budget."""
        return None if self.budget is None else max(self.budget - self.spent, 0.0)

    def refusal(self, asked: Asked) -> str:
        """Say that a release does not fit in the budget, with the figures."""
        assert asked.budget is not None
        left = max(asked.budget - self.spent, 0.0)
        return (
            f"store {self.store!r} has spent epsilon {self.spent:.4g} of its budget of "
            f"{asked.budget:g} (delta {asked.delta:g}), {left:.4g} remain, and epsilon "
            f"{asked.epsilon:g} is asked for"
        )


@dataclass(frozen=True)
class Accountant:
    """What stores of a federation have spent, in one file that is only ever added to.

    A line a training: its noise and the stores that it charges. The line is on the disk, by fsync,
    before `charge` returns, and so before anything is told: a process that is killed may have
    spent what it has told nothing for, never the other way around. One process or thread at a
    time reads the file and adds to it, by a lock of the operating system (flock), which ends
    with the process that holds it. So the directory has to be of a file system with locks,
    appending and fsync: a local one, or one of a network that keeps flock among all that use it
    (NFS 4 does so; an object store, HDFS, or a disk mounted from one does not).

    Parameters
    ----------
    path : str
        Directory, one for all models of the same customers; it is made if it is not there.

    Examples
    --------
    >>> import tempfile
    >>> accountant = Accountant.at(tempfile.mkdtemp())
    >>> asked = Asked(Noise.of("laplace", 0.6), 0.6, 0.0, budget=1.0)
    >>> accountant.charge(["north", "south"], asked)
    {}
    >>> accountant.charge(["north"], asked)["north"].refusal(asked)
    "store 'north' has spent epsilon 0.6 of its budget of 1 (delta 0), 0.4 remain, and epsilon 0.6 \
is asked for"
    >>> [(each.store, each.remaining) for each in accountant.accounts()]
    [('north', 0.4), ('south', 0.4)]
    """

    path: Path

    @classmethod
    def at(cls, path: str) -> Accountant:
        """Take a path, or a URI of a local file.

        Raises
        ------
        ParameterError
            If it is no path of a local file system.
        """
        scheme = re.match(r"([A-Za-z][A-Za-z0-9+.-]+):", path)
        if scheme and scheme[1].lower() != "file":
            raise ParameterError(
                f"ACCOUNTANT_PATH is {path!r}. What is spent is kept in a directory of a file "
                "system that has locks, of the driver's machine or mounted there; an object store "
                "has none. Give its path, such as /var/lib/sparkfl/budget."
            )
        local = re.sub(r"^file:(//(localhost)?)?(?=/)", "", path, flags=re.IGNORECASE)
        return cls(Path(local))

    def charge(self, stores: Sequence[str], asked: Asked) -> dict[str, Account]:
        """Charge stores for a release that is about to be made, those whose budget allows it.

        Parameters
        ----------
        stores : sequence of str
            Stores that would be in it.
        asked : Asked
            What it costs.

        Returns
        -------
        dict of str to Account
            The stores that may not: nothing is charged to them, and nothing may be told of them.

        Raises
        ------
        StorageError
            If the file cannot be read or written; nothing may be told then.
        """
        with self._open(write=True) as file:
            spent = self._read(file)
            refused = {}
            for store in dict.fromkeys(stores):
                lines = spent.get(store, [])
                together = composed_epsilon([n for n, *_ in lines] + [asked.noise], asked.delta)
                if asked.budget is not None and together > asked.budget * _ROUNDING:
                    before = composed_epsilon([n for n, *_ in lines], asked.delta)
                    refused[store] = _account(store, lines, before, asked.delta, asked.budget)
            charged = [store for store in dict.fromkeys(stores) if store not in refused]
            if charged:
                self._add(file, charged, asked)
        return refused

    def accounts(self) -> list[Account]:
        """Tell what each store has spent, by store; nothing if nothing was ever charged.

        Raises
        ------
        StorageError
            If the file cannot be read.
        """
        if not (self.path / _FILE).exists():
            return []
        with self._open(write=False) as file:
            spent = self._read(file)
        found = []
        for store, lines in sorted(spent.items()):
            _, delta, budget, _ = lines[-1]
            together = composed_epsilon([noise for noise, *_ in lines], delta)
            found.append(_account(store, lines, together, delta, budget))
        return found

    @contextmanager
    def _open(self, write: bool) -> Iterator[int]:
        """Open the file, alone if it is to be written."""
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT if write else os.O_RDONLY
        try:
            if write:
                self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            file = os.open(self.path / _FILE, flags, 0o600)
        except OSError as error:
            raise StorageError(
                f"ACCOUNTANT_PATH {self.path} cannot be used: {error.strerror}. Give a directory "
                "that this process can read and write."
            ) from error
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX if write else fcntl.LOCK_SH)
            except OSError as error:
                raise StorageError(
                    f"ACCOUNTANT_PATH {self.path} is of a file system without locks "
                    f"({error.strerror}), where two trainings at once could overspend. Give one "
                    "of a local disk."
                ) from error
            yield file
        finally:
            os.close(file)

    def _read(self, file: int) -> dict[str, list[_Line]]:
        """Read what each store was charged for, in the order of time."""
        content = os.pread(file, os.fstat(file).st_size, 0)
        # A line without an end was being written when its process died: it had told nothing.
        lines = content.split(b"\n")[:-1]
        spent: dict[str, list[_Line]] = {}
        for number, text in enumerate(lines, 1):
            if not text:
                continue
            try:
                line = json.loads(text)
                told = _line(line)
                stores = [str(store) for store in line["stores"]]
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                if _torn(text):
                    continue
                raise StorageError(
                    f"Line {number} of {self.path / _FILE} cannot be read, so that nobody knows "
                    "what is spent, and nothing may be told. Put the file back from a copy; what "
                    "was told since has to be added."
                ) from error
            for store in stores:
                spent.setdefault(store, []).append(told)
        return spent

    def _add(self, file: int, stores: Sequence[str], asked: Asked) -> None:
        """Add a line, and wait until the disk has it."""
        line = {
            "at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "release": uuid.uuid4().hex,
            "mechanism": asked.noise.mechanism,
            "multiplier": asked.noise.multiplier,
            "epsilon": asked.epsilon,
            "delta": asked.delta,
            "budget": asked.budget,
            "stores": list(stores),
        }
        size = os.fstat(file).st_size
        torn = size > 0 and os.pread(file, 1, size - 1) != b"\n"
        text = (_TORN + b"\n" if torn else b"") + json.dumps(line).encode() + b"\n"
        try:
            while text:
                text = text[os.write(file, text) :]
            os.fsync(file)
            if not size:
                for directory in (self.path, self.path.parent):
                    _sync(directory)
        except OSError as error:
            raise StorageError(
                f"What is spent cannot be written to {self.path / _FILE}: {error.strerror}. "
                "Nothing was told; make room, and train again."
            ) from error


_Line = tuple[Noise, float, float | None, datetime]
"""Noise, delta, budget and time of a release."""

_TORN = b"\x00torn"
"""What ends a line that was cut short by a crash, so that it is told from a damaged one."""


def _torn(text: bytes) -> bool:
    return text.endswith(_TORN)


def _line(line: dict[str, object]) -> _Line:
    """Read a line; it has to make sense in full."""
    mechanism, multiplier = line["mechanism"], line["multiplier"]
    delta, budget = line["delta"], line["budget"]
    if mechanism not in MECHANISMS or not isinstance(multiplier, float) or not multiplier > 0:
        raise ValueError(f"no noise: {mechanism} {multiplier}")
    if not isinstance(delta, int | float) or not isinstance(budget, int | float | None):
        raise TypeError(f"no budget: {delta} {budget}")
    at = datetime.fromisoformat(str(line["at"]))
    return Noise(str(mechanism), multiplier), float(delta), budget, at


def _account(
    store: str, lines: Sequence[_Line], spent: float, delta: float, budget: float | None
) -> Account:
    last = lines[-1][3] if lines else None
    return Account(store, spent, delta, budget, len(lines), last)


def _sync(directory: Path) -> None:
    """Wait until the disk has the names in a directory."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
