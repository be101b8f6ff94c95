"""Processes of the tests' own: started in a session each, found and stopped by their ids."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

SECONDS = 240
T = TypeVar("T")


@dataclass(frozen=True)
class Process:
    """A line of `ps`."""

    pid: int
    parent: int
    session: int
    words: str


@contextmanager
def running(
    words: Sequence[str], cwd: Path, env: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[str]]:
    """Run a program while the block lasts, then end every process of its session."""
    cwd.mkdir(parents=True, exist_ok=True)
    with log.open("a") as output:
        process = subprocess.Popen(
            words,
            cwd=cwd,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        end(process)


def end(process: subprocess.Popen[str]) -> None:
    """Ask a program to end, then kill what is left of its session."""
    if process.poll() is None:
        process.terminate()
    deadline = time.monotonic() + 15
    while (left := session_of(process.pid)) and time.monotonic() < deadline:
        process.poll()
        time.sleep(0.1)
    kill(left)
    process.wait(timeout=SECONDS)


def kill(doomed: Sequence[Process]) -> None:
    """Kill processes as `kill -9` does."""
    for process in doomed:
        signalled(process, signal.SIGKILL)


def signalled(process: Process, number: signal.Signals) -> None:
    """Send a signal to a process that may be gone."""
    with suppress(ProcessLookupError):
        os.kill(process.pid, number)


def processes() -> list[Process]:
    """Return all processes of the machine but zombies."""
    table = subprocess.run(
        ["ps", "-eww", "-o", "pid=,ppid=,sess=,stat=,args="],
        capture_output=True,
        text=True,
        check=True,
    )
    rows = [line.split(maxsplit=4) for line in table.stdout.splitlines()]
    return [
        Process(int(row[0]), int(row[1]), int(row[2]), row[4])
        for row in rows
        if len(row) == 5 and not row[3].startswith("Z")
    ]


def session_of(pid: int) -> list[Process]:
    """Return the processes of the session that a process started."""
    return [process for process in processes() if process.session == pid]


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: str, found: Callable[[], T | None], log: Path, pause: float = 0.1) -> T:
    """Wait until something is there; show the log if it does not come."""
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        result = found()
        if result:
            return result
        time.sleep(pause)
    raise TimeoutError(f"no {what} in {SECONDS} s:\n{log.read_text()[-4000:]}")
