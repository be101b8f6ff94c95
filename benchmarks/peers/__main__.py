"""Compare with peers: ``python -m benchmarks.peers [--quick]``; installs them into .venv-peers."""

from __future__ import annotations

import argparse
import os
import sys

from benchmarks.harness import fresh, machine, say
from benchmarks.peers.environment import HERE, PYTHON, install
from benchmarks.peers.own import warm
from benchmarks.processes import run
from benchmarks.results import Result, merge, table
from benchmarks.stores import stores

SHAPES = {(1_000, 1_000): "<= 2", (10_000, 100): "<= 1"}
"""Stores, and rows of each, with the bound on sparkfl's CPU seconds over the DuckDB loop's."""

MOST_CLIENTS = 1_000
"""Flower is not asked for more."""


def main() -> int:
    """Run every peer on the same files; 1 if a target is missed, unless quick."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.peers", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a twentieth of the stores")
    quick = parser.parse_args().quick
    install()
    print(machine(), flush=True)
    results = []
    for (n, rows), bound in SHAPES.items():
        results += _compare(n // 20 if quick else n, rows, bound, quick)
    print(table(results))
    if not quick:
        merge("peers", results)
    return int(not quick and any(result.holds is False for result in results))


def _compare(n: int, rows: int, bound: str, quick: bool) -> list[Result]:
    """Measure all on one set of stores."""
    name = f"peers: {n:,} stores x {rows:,}"
    say(name)
    directory = stores([(n, rows)])
    own = fresh(warm, directory, quick)
    cold = ["-m", "benchmarks.peers.own", str(directory), *(["--quick"] if quick else [])]
    cold_cpu = _cpu("sparkfl, cold", [sys.executable, *cold])
    duckdb = _cpu("DuckDB", [str(PYTHON), str(HERE / "duckdb_loop.py"), str(directory)])
    joblib = _cpu("joblib", [str(PYTHON), str(HERE / "joblib_loop.py"), str(directory)])
    loop = "DuckDB + scikit-learn, a loop in one process"
    results = [
        Result(f"{name}, sparkfl, warm session", own, "CPU s", loop, own / duckdb, bound),
        Result(f"{name}, DuckDB + scikit-learn", duckdb, "CPU s"),
        Result(f"{name}, joblib(2) + scikit-learn", joblib, "CPU s"),
    ]
    cold_name = f"{name}, sparkfl, cold process"
    if n > MOST_CLIENTS:
        return [*results, Result(cold_name, cold_cpu, "CPU s")]
    command = [str(PYTHON), str(HERE / "flower_round.py"), str(directory), str(n)]
    flower = _cpu("Flower", command)
    over = "sparkfl in a warm session, Flower over it"
    return [
        *results,
        Result(f"{name}, Flower simulation", flower, "CPU s", over, flower / own, ">= 4"),
        Result(cold_name, cold_cpu, "CPU s", "Flower over it", flower / cold_cpu, ">= 1"),
    ]


def _cpu(name: str, command: list[str]) -> float:
    """CPU seconds of a command and all that it starts."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    quiet = {"FLWR_TELEMETRY_ENABLED": "0", "RAY_USAGE_STATS_ENABLED": "0"}
    usage = run(command, {**os.environ, **threads, **quiet}, HERE.parent.parent)
    say(f"  {name}: {usage.cpu:.1f} CPU s, {usage.wall:.1f} s")
    return usage.cpu


if __name__ == "__main__":
    sys.exit(main())
