"""``sparkfl demo``: the jobs, one after the other, on the bundled shops."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sparkfl.cli.bundled import bundled
from sparkfl.cli.local_spark import command, run_quietly
from sparkfl.tracking import DEMO

__all__ = ["main"]

_JOBS = ("train", "evaluate", "score")


def main(arguments: Sequence[str]) -> int:
    """Submit the jobs until one fails, and return its exit code."""
    parser = argparse.ArgumentParser(
        prog="sparkfl demo",
        description="Train, evaluate and score 37 real shops on this machine. Tables, models and "
        f"report go to {DEMO} in this folder.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--no-delta", action="store_true", help="write Parquet, and fetch no jar of Delta"
    )
    delta = not parser.parse_args(arguments).no_delta
    words = [] if delta else ["--no-delta"]
    files = {path.stem: str(path) for path in bundled("jobs")}
    for job in _JOBS:
        code = run_quietly([*command("spark-submit", [], delta, {}), files[job], *words])
        if code:
            return code
    sys.stdout.write(f"        (a shell to type it in: {' '.join(['sparkfl sql', *words])})\n")
    return 0
