"""``sparkfl doctor``: what is there, what is missing, and the command that mends it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sparkfl.cli.checks import CHECKS
from sparkfl.cli.checks.spark import delta

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Print a line a check; 1 if something is missing that nothing goes without."""
    parser = argparse.ArgumentParser(
        prog="sparkfl doctor",
        description="Look for what sparkfl needs, and say what mends what is missing. The exit "
        "code is 1 if something needed is missing.",
        allow_abbrev=False,
    )
    parser.add_argument("--no-delta", action="store_true", help="do without Delta Lake")
    no_delta = parser.parse_args(arguments).no_delta
    missing = []
    for check in CHECKS:
        if no_delta and check is delta:
            continue
        finding = check()
        sys.stdout.write(f"{finding}\n")
        sys.stdout.flush()
        if finding.needed and not finding.ok:
            missing.append(finding.name)
    if missing:
        sys.stdout.write(f"\nmissing: {', '.join(missing)}\n")
    return int(bool(missing))
