"""CPU seconds and memory of a whole process tree, JVM and Python workers included, from /proc."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

__all__ = ["ProcessTree", "Usage", "run"]

_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Usage:
    """What a command took."""

    wall: float
    cpu: float
    peak_rss: int


class ProcessTree:
    """Watches a process and all its descendants while the ``with`` block runs.

    Linux only. A process is followed once it has been seen, even when its parent ends; what a
    process does in the last moment before its end, less than the interval, is not seen.

    Parameters
    ----------
    pid : int, optional
        Root of the tree; this process by default.
    interval : float, default 0.2
        Seconds between two looks, which cost some CPU themselves.
    """

    def __init__(self, pid: int | None = None, interval: float = 0.2) -> None:
        self._pid = pid or os.getpid()
        self._interval = interval
        self._cpu: dict[tuple[int, int], float] = {}
        self._before: dict[tuple[int, int], float] = {}
        self._rss: dict[int, int] = {}
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> ProcessTree:
        self._look()
        self._before = dict(self._cpu)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._done.set()
        self._thread.join()
        self._look()

    @property
    def cpu(self) -> float:
        """CPU seconds, user and system, since the block was entered."""
        return sum(cpu - self._before.get(key, 0.0) for key, cpu in self._cpu.items())

    @property
    def peak_worker_rss(self) -> int:
        """Peak resident bytes of the largest of Spark's Python workers."""
        return max(self._rss.values(), default=0)

    def _watch(self) -> None:
        while not self._done.wait(self._interval):
            self._look()

    def _look(self) -> None:
        """Note the CPU seconds of each process of the tree, and the peaks of the workers."""
        stats = dict(filter(None, map(_stat, Path("/proc").glob("[0-9]*"))))
        known = {pid for pid, _ in self._cpu} | {self._pid}
        grown = True
        while grown:
            children = {pid for pid, (parent, _, _) in stats.items() if parent in known}
            grown = not children <= known
            known |= children
        for pid in known & stats.keys():
            _, started, cpu = stats[pid]
            if (pid, started) not in self._cpu and _is_worker(pid):
                self._rss[pid] = 0
            self._cpu[pid, started] = cpu
            if pid in self._rss:
                self._rss[pid] = max(self._rss[pid], _peak_rss(pid))


def run(command: Sequence[str], env: dict[str, str], cwd: Path) -> Usage:
    """Run a command and measure all that it starts; what it prints goes to stderr."""
    start = time.perf_counter()
    process = subprocess.Popen(command, env=env, cwd=cwd, stdout=2)
    with process, ProcessTree(process.pid, 0.05) as tree:
        code = process.wait()
    if code:
        raise subprocess.CalledProcessError(code, command)
    return Usage(time.perf_counter() - start, tree.cpu, tree.peak_worker_rss)


def _stat(directory: Path) -> tuple[int, tuple[int, int, float]] | None:
    """Parent, start and CPU seconds of a process; None if it is gone."""
    try:
        fields = (directory / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(directory.name), (
        int(fields[1]),
        int(fields[19]),
        (int(fields[11]) + int(fields[12])) / _TICK,
    )


def _is_worker(pid: int) -> bool:
    """Whether a process is Spark's Python daemon or one of the workers it forks."""
    try:
        return b"pyspark.daemon" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def _peak_rss(pid: int) -> int:
    """Peak resident bytes of a process; 0 if it is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    return next(
        (int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM")),
        0,
    )
