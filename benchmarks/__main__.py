"""Run benchmarks: ``python -m benchmarks [name …] [--quick]``."""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from importlib import import_module

from benchmarks import QUESTIONS
from benchmarks.harness import fresh, machine, say
from benchmarks.results import RESULTS, merge, table

QUIET = {"MLFLOW_DISABLE_TELEMETRY": "true", "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false"}
"""Environment of the measurements: no calls home, no bars for five small files."""


def main() -> int:
    """Run each question in its own process; 1 if one fails, or misses a target unless quick."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(QUESTIONS))
    parser.add_argument(
        "--quick", action="store_true", help="a twentieth of the rows, nothing is written"
    )
    args = parser.parse_args()
    unknown = sorted(set(args.names) - set(QUESTIONS))
    if unknown:
        parser.error(f"no benchmark {unknown[0]!r}; there are {', '.join(QUESTIONS)}")
    os.environ |= QUIET
    print(machine(), flush=True)
    results, failed = [], False
    for name in args.names or QUESTIONS:
        say(f"== {name}")
        try:
            found = fresh(import_module(f"benchmarks.{name}").measure, args.quick)
        except Exception:  # noqa: BLE001  the other questions can still be answered
            traceback.print_exc()
            failed = True
            continue
        results += found
        if not args.quick:
            merge(name, found)
    print(table(results))
    if not args.quick:
        print(f"\nwritten to {RESULTS.name}")
    missed = not args.quick and any(result.holds is False for result in results)
    return int(failed or missed)


if __name__ == "__main__":
    sys.exit(main())
