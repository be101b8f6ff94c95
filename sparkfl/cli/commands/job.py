"""``sparkfl job``: where the files of the jobs are, for spark-submit."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from sparkfl.cli.bundled import bundled
from sparkfl.sqlext.jvm.options import shell_word

__all__ = ["main"]


def main(arguments: Sequence[str]) -> int:
    """Print the path of a job."""
    jobs = {path.stem: path for path in bundled("jobs")}
    parser = argparse.ArgumentParser(
        prog="sparkfl job",
        description="Print the path of a job: spark-submit $(sparkfl spark-options) "
        "$(sparkfl job train) --help.",
        allow_abbrev=False,
    )
    parser.add_argument("name", choices=tuple(jobs), help="the job")
    name = parser.parse_args(arguments).name
    sys.stdout.write(shell_word(str(jobs[name])) + "\n")
    return 0
