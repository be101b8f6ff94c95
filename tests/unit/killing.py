"""A party to an exchange killed at every write, and run again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from stores_apart import Apart

WRITES = ((os, "open"), (os, "fsync"), (os, "link"), (Path, "replace"), (Path, "mkdir"))
"""What changes a disk; a process can die before each, and after."""


class Killed(BaseException):
    """What no code catches: the process is gone."""


@contextmanager
def killed_at(moment: int, patch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """Die at a moment: before or after one of the writes. Yield how many there have been."""
    passed = [0]

    def tick() -> None:
        passed[0] += 1
        if passed[0] == moment:
            raise Killed

    def fatal(write: Callable[..., object]) -> Callable[..., object]:
        def attempt(*args: object, **kwargs: object) -> object:
            tick()
            result = write(*args, **kwargs)
            tick()
            return result

        return attempt

    with patch.context() as context:
        for owner, name in WRITES:
            context.setattr(owner, name, fatal(getattr(owner, name)))
        yield passed


def at_every_moment(
    patch: pytest.MonkeyPatch,
    fresh: Callable[[], Apart | Path],
    work: Callable[[], object],
    state: Callable[[], object],
) -> int:
    """Kill some work at every moment, run it again, and compare the state with the undisturbed."""
    fresh()
    work()
    expected = state()
    moment = 0
    while True:
        moment += 1
        fresh()
        with killed_at(moment, patch) as passed, suppress(Killed):
            work()
        if passed[0] < moment:
            return moment
        work()
        assert state() == expected


def tree(place: Path) -> dict[str, bytes]:
    """All that anybody reads in an exchange: unfinished files begin with a dot."""
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }


class Kept:
    """An exchange that is put back to what it was."""

    def __init__(self, federation: Apart) -> None:
        self.federation = federation
        self._files = tree(federation.exchange)

    def restore(self) -> Apart:
        for path in [p for p in self.federation.exchange.rglob("*") if p.is_file()]:
            if str(path.relative_to(self.federation.exchange)) not in self._files:
                path.unlink()
        return self.federation
