"""The command ``sparkfl audit``: the suite, or the attacks on releases of one's own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from sparkfl.audit.bundled import bundled_shops
from sparkfl.audit.population import TRIED, Population, generated
from sparkfl.audit.protection import Protection
from sparkfl.audit.protections import PRIVATE, PROTECTIONS
from sparkfl.audit.report import check_folder, markdown, write_report
from sparkfl.audit.suite import Outcome, Result, run
from sparkfl.errors import ParameterError
from sparkfl.statistics.scaling import Scaling, asinh
from sparkfl.statistics.summary import ClusterSummary, Matrix
from sparkfl.tracking import tracking_uri

__all__ = ["MISSED", "main"]

MISSED = 3
"""Exit code: a claim does not hold, or a customer was read off."""


def main(arguments: Sequence[str]) -> int:
    """Attack, print what came out, and say by the exit code whether it is what was claimed."""
    args = _parser().parse_args(arguments)
    if args.output is not None:
        check_folder(args.output)
    if args.stores < 1:
        raise ParameterError(f"--stores is {args.stores}; it must be 1 or more.")
    if args.releases:
        return _own(args)
    if args.data or args.search:
        raise ParameterError("--data and --search go with --releases: name a model's versions.")
    results: list[Result] = []
    _line(_noise(args.stores))
    for population in (generated(args.stores), _bundled(args.stores)):
        sys.stdout.write(f"attacking {population.name}\n")
        results += run(population, _protections(), seed=args.seed, tell=_line)
    return _suite(results, args.output)


def _parser() -> argparse.ArgumentParser:
    """Describe the arguments."""
    parser = argparse.ArgumentParser(
        prog="sparkfl audit",
        description="Attack what stores release: on generated and bundled shops, behind every "
        "protection, or on releases of your own. No Spark is started.",
        epilog=f"exit codes: 0 claims hold and nothing was read off; 1 an error; {MISSED} a claim "
        "does not hold, or a customer can be read off",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--releases",
        nargs="+",
        metavar="VERSION",
        help="name (its last two versions), name$3, name@alias or models:/name/3; or a folder of "
        "a version's files, or Parquet with store, n, mean and ss; oldest first",
    )
    parser.add_argument(
        "--data",
        type=Path,
        help="the stores' rows, Parquet, CSV or JSON, inside of the stores: checks what was read "
        "off, and tries the whole suite on these customers",
    )
    parser.add_argument(
        "--search",
        nargs="+",
        type=Path,
        metavar="PATH",
        help="files and folders to search for cells of --data: logs, event logs, MLflow's "
        "database and artifacts, tables, reports",
    )
    parser.add_argument(
        "--tracking-uri",
        default=tracking_uri(),
        help="MLflow server or database (default: $MLFLOW_TRACKING_URI, else %(default)s)",
    )
    parser.add_argument("--seed", type=int, default=0, help="another seed, other stores")
    parser.add_argument(
        "--stores",
        type=int,
        default=TRIED,
        help="stores that an attack is tried on; fewer are noisier (default: %(default)s)",
    )
    parser.add_argument(
        "--output", type=Path, help="folder for attacks.md and attacks.json (default: none)"
    )
    return parser


def _own(args: argparse.Namespace) -> int:
    """Attack releases of one's own."""
    if args.search and not args.data:
        raise ParameterError("--search looks for cells of --data: give the stores' rows.")
    from sparkfl.audit.inspection import inspect, population, searched

    bad, rows = inspect(args.releases, args.data, args.tracking_uri, _line)
    if rows is not None:
        if args.search:
            bad |= searched(args.search, rows, _line)
        own = population(rows, args.stores)
        if own is None:
            _line("The rows of --data are too few to draw stores from: the suite is not tried.")
        else:
            found = run(own, _protections(), seed=args.seed, tell=_line)
            bad |= _suite(found, args.output) != 0
    return MISSED if bad else 0


def _suite(results: Sequence[Result], output: Path | None) -> int:
    """Print the table, write it, and judge the claims."""
    sys.stdout.write(f"\n{markdown(results)}\n\n")
    if output is not None:
        for path in write_report(results, output):
            _line(str(path))
    unsure = [result for result in results if result.outcome == Outcome.UNSURE]
    for result in unsure:
        _line(
            f"{result.protection} claims to stop {result.attack}; by so few stores it cannot be "
            f"said on {result.population}: {result.value:.3f}, target {result.target:g}, may be "
            "chance. Try more --stores."
        )
    broken = [result for result in results if result.broken]
    for result in broken:
        _line(
            f"{result.protection} claims to stop {result.attack}, and does not on "
            f"{result.population}: {result.value:.3f}, target {result.target:g}, {result.outcome}"
        )
    return MISSED if broken else 0


def _noise(stores: int) -> str:
    """Say how far figures may be off."""
    one, of_members = 0.5 / stores**0.5, (1 / 6 / (16 * stores)) ** 0.5
    return (
        f"Of {stores} stores a share has a standard error of at most {one:.2f}, an AUC of about "
        f"{of_members:.3f}; fewer are noisier. A claim is missed where the 95 % confidence "
        "interval lies beyond the target."
    )


def _protections() -> list[Protection]:
    """Take those that can be tried with the packages that there are."""
    there = all(find_spec(package) for package in ("opendp", "dp_accounting"))
    if not there:
        _line(f"{PRIVATE.name!r} is not tried: run pip install 'sparkfl[privacy]'.")
    return [each for each in PROTECTIONS if there or each is not PRIVATE]


def _line(text: str) -> None:
    """Print a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _bundled(tried: int) -> Population:
    """Take the customers of the largest bundled shop, scaled as a federation does."""
    rows = _robust(bundled_shops()["United Kingdom"])
    return Population("UCI Online Retail, United Kingdom", rows, tried=tried)


def _robust(rows: Matrix) -> Matrix:
    """Scale robustly by the rows' own moments."""
    standard = Scaling.of_moments(_one(rows))
    z = asinh(standard.transform(rows))
    return Scaling.of_moments(_one(z)).transform(z)


def _one(rows: Matrix) -> ClusterSummary:
    """All rows as one cluster."""
    return ClusterSummary.of_rows(rows, np.zeros(len(rows), dtype=np.int64))
