"""Write `tests/slow.txt`, the tests that `make test` leaves to `make test-slow`.

``python tools/slow_tests.py report.xml …``: reports of pytest (``ARGS=--junitxml=report.xml``) on a
quiet machine. That of ``make test`` beside that of ``make test-all`` tells which tests have now to
make what others made before.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path
from statistics import mean
from xml.etree import ElementTree

__all__ = ["LIST", "slow_tests"]

ROOT = Path(__file__).parents[1]
LIST = ROOT / "tests" / "slow.txt"

_SECONDS = 1.5
"""What a test may take, on the average of its parameters, with another beside it on two cores."""


def slow_tests(*reports: Path) -> list[str]:
    """Return the functions that took longer in one of the runs, as pytest names them."""
    return sorted({name for report in reports for name in _slow_in(report)})


def _slow_in(report: Path) -> list[str]:
    took = defaultdict(list)
    for case in ElementTree.parse(report).iter("testcase"):
        took[_function(case.attrib["classname"], case.attrib["name"])].append(
            float(case.attrib["time"])
        )
    return [name for name, seconds in took.items() if mean(seconds) > _SECONDS]


def _function(module: str, name: str) -> str:
    return f"{module.replace('.', '/')}.py::{name.partition('[')[0]}"


if __name__ == "__main__":
    LIST.write_text("".join(f"{name}\n" for name in slow_tests(*map(Path, sys.argv[1:]))))
