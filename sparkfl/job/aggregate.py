"""Job: make the global model of a federation of stores apart; it starts no Spark."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sparkfl.errors import FederationNotFoundError
from sparkfl.exchange.aggregator import Aggregated, Aggregator
from sparkfl.exchange.options import CONTRACT_OPTIONS, FEDERATION_OPTIONS
from sparkfl.exchange.versions import aggregate_into
from sparkfl.global_.aggregate import AGGREGATIONS
from sparkfl.job.arguments import JobParser, add_federation, add_model, whole_number
from sparkfl.job.run import run_alone
from sparkfl.options import add_argument, spelled
from sparkfl.registry import ModelRegistry

__all__ = ["main"]

_CREATING = tuple(o for o in FEDERATION_OPTIONS if o.param not in ("quorum", "aggregation"))


def arguments() -> JobParser:
    """Describe the job's arguments."""
    a = JobParser(
        "Close the steps of a federation's open round for which the stores have released, and "
        "register the global model when the round is complete. With --exchange it creates the "
        "federation first, if there is none; invitations go to standard output, a line each: the "
        "store, a tab, and the invitation, which is a secret of that store."
    )
    add_federation(a)
    add_model(a, trained=False)
    a.add_argument("--invite", nargs="*", default=[], metavar="STORE", help="stores to invite")
    a.add_argument(
        "--quorum",
        type=whole_number(1),
        help="stores that a step needs; without a deadline, it is closed as soon as they are there "
        "(default: more than half of the members)",
    )
    a.add_argument(
        "--deadline",
        type=whole_number(0),
        metavar="SECONDS",
        help="how long to wait in each step for all members (default: not at all)",
    )
    a.add_argument("--aggregation", choices=tuple(AGGREGATIONS), help="how clusters are grouped")
    a.add_argument(
        "--quality-threshold",
        type=float,
        help="share of the released variance between global clusters from which on the version "
        "becomes champion (default: no alias is touched)",
    )
    created = a.add_argument_group("to create the federation")
    for option in _CREATING:
        if option.param not in ("stores", "model"):
            add_argument(created, option, default=argparse.SUPPRESS)  # type: ignore[arg-type]
    return a


def job(args: argparse.Namespace, written: list[str]) -> None:
    """Create, invite, aggregate, register; only what is asked for."""
    aggregator = _aggregator(args, written)
    for store in args.invite:
        print(f"{store}\t{aggregator.invite(store).text}", flush=True)
        written.append(f"an invitation of {store}")
    if args.invite or written:
        return
    done, version = aggregate_into(
        ModelRegistry(args.tracking_uri),
        aggregator,
        args.quorum,
        args.deadline,
        args.aggregation,
        args.quality_threshold,
    )
    for line in told(done):
        print(line)
    if version is not None:
        print(f"{version.name} version {version.version}")


def told(done: Aggregated) -> list[str]:
    """Say what a call has done, a line a step.

    Examples
    --------
    >>> told(Aggregated([], True, None, "step clusters of round 2"))
    ['stores that have left were taken out of the global model', 'next: step clusters of round 2']
    """
    lines = ["stores that have left were taken out of the global model"] if done.revised else []
    for record in done.steps:
        taken = sum(verdict.reason == "accepted" for verdict in record.verdicts.values())
        others = [f"{s} {v.reason}" for s, v in record.verdicts.items() if v.reason != "accepted"]
        more = f"; {', '.join(others)}" if others else ""
        shift = record.result.get("shift")
        moved = "" if shift is None else f", centres moved by up to {shift:.3g}"
        ended = record.result.get("abandoned")
        moved += "" if ended is None else f"; the round was abandoned: {ended}"
        lines.append(f"round {record.round}, {record.step}: {taken} stores{moved}{more}")
    return [*lines, f"next: {done.waiting}"]


def _aggregator(args: argparse.Namespace, written: list[str]) -> Aggregator:
    """Return the aggregator, of a federation that is created if that is asked for."""
    given = vars(args)
    if "exchange" not in given:
        return Aggregator(args.federation, args.home)
    try:
        return Aggregator(args.federation, args.home)
    except FederationNotFoundError:
        contract = {o.param for o in CONTRACT_OPTIONS}
        with spelled(FEDERATION_OPTIONS, lambda option: option.flag):
            made = Aggregator.create(
                args.federation,
                args.exchange,
                {name: value for name, value in given.items() if name in contract and value},
                home=args.home,
                model=args.name,
                bounds=given.get("bounds"),
                max_weight=given.get("maxWeight", 20.0),
                quorum=args.quorum,
                global_algorithm=given.get("globalAlgorithm"),
                max_iter=given.get("maxIter"),
                tol=given.get("tol"),
                iteration_guard=given.get("iterationGuard"),
                secure_aggregation=given.get("secureAggregation"),
            )
        written.append(f"federation {args.federation} in {args.exchange}")
        return made


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job and return its exit code."""
    args = arguments().parse_args(argv)
    return run_alone(lambda written: job(args, written))


if __name__ == "__main__":
    sys.exit(main())
