"""Job: a store's part in a federation, on its own Spark, with its own rows and its own policy."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sparkfl.errors import ModelNotFoundError
from sparkfl.exchange.member import Member
from sparkfl.exchange.options import STORE_OPTIONS
from sparkfl.exchange.store_round import teller
from sparkfl.exchange.versions import register_fetched
from sparkfl.execution.progress import stage
from sparkfl.job.arguments import JobParser, add_federation, add_input, add_model
from sparkfl.job.preflight import read_input
from sparkfl.job.run import Run, run, run_alone
from sparkfl.options import add_argument
from sparkfl.registry import ModelRegistry

__all__ = ["main"]


def arguments() -> JobParser:
    """Describe the job's arguments."""
    a = JobParser(
        "Release what is due of this store for the open round of its federation, and register the "
        "global model in the store's own registry once there is one. Called again, it goes on "
        "where it is; let a scheduler call it, or give it time by --wait."
    )
    add_federation(a)
    add_model(a, trained=False)
    add_input(a, "none: the store's features have to be named")
    a.add_argument(
        "--join",
        metavar="INVITATION",
        help="join the federation by this invitation first; '-' reads it from standard input, "
        "where no list of processes shows it",
    )
    a.add_argument(
        "--exchange", help="where the exchange is seen from here, if not as the aggregator sees it"
    )
    a.add_argument("--leave", action="store_true", help="leave the federation, and do no more")
    for option in STORE_OPTIONS:
        add_argument(a, option)
    return a


def job(run: Run) -> None:
    """Release, wait, fetch, register."""
    args = run.args
    member = Member(args.federation, args.home)
    registry = ModelRegistry(args.tracking_uri)
    registry.check_writable()
    how = args.releasePolicy, args.guardPath, args.iterationGuard
    told = teller(member, read_input(run, args.input), *how)
    with stage(run.spark, "release") as current:
        done = member.take_part(told, args.wait)
        run.written += [f"step {turn.step} of round {turn.round}" for turn in done]
        current.detail = ", ".join(run.written) or "nothing was due"
    for line in _verdicts(member):
        print(line)
    try:
        fetched = member.fetch()
    except ModelNotFoundError as error:
        print(error)
        return
    with stage(run.spark, "MLflow") as current:
        version = register_fetched(registry, args.name, fetched)
        current.detail = f"{version.name} version {version.version}, of round {fetched.round}"
    print(f"{version.name} version {version.version}")


def membership(args: argparse.Namespace, written: list[str]) -> None:
    """Join, leave: what needs no Spark."""
    if args.join:
        word = sys.stdin.readline() if args.join == "-" else args.join
        member = Member.join(args.federation, word, args.home, args.exchange)
        written.append(f"store {member.store} has joined")
        print(f"store {member.store} is in federation {args.federation}")
    if args.leave:
        member = Member(args.federation, args.home)
        member.leave()
        print(f"store {member.store} has left federation {args.federation}")


def _verdicts(member: Member) -> list[str]:
    """Say what was not taken of this store."""
    return [
        f"round {round_}, {step}: {reason}" + (f", {detail}" if detail else "")
        for (round_, step), (reason, detail) in member.verdicts().items()
        if reason != "accepted"
    ]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the job and return its exit code."""
    parser = arguments()
    args = parser.parse_args(argv)
    if not (args.input or args.join or args.leave):
        parser.error("the argument --input is required: the table of this store's features")
    if args.join or args.leave:
        code = run_alone(lambda written: membership(args, written))
        if code or args.leave or not args.input:
            return code
    return run(job, args)


if __name__ == "__main__":
    sys.exit(main())
