"""Go the journey in every lane, and print what became of it.

python tests/compat/run_lanes.py [--strict] [--models] [lane …]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

from lane_environments import HOME, NotAvailableError, lane_python  # noqa: E402
from lane_interpreters import find_java, find_python  # noqa: E402
from lanes import LANES, Lane  # noqa: E402

_FOREIGN = ("PYTHON", "PYSPARK", "SPARK", "MLFLOW", "VIRTUAL_ENV", "JAVA_TOOL_OPTIONS")
_SECONDS = 580
_TRACE = re.compile(r"^\s+at [\w.$/]+\(.*\)$|^Traceback ", re.MULTILINE)
"""A line of a trace of Java's, or the head of one of Python's."""


@dataclass(frozen=True)
class Try:
    """Tests that are run in a lane: a name, and words for pytest."""

    name: str
    words: tuple[str, ...]


_JOURNEY = [Try("journey", ("tests/compat/test_journey.py",))]
_MODELS = [Try(word, ("tests/compat/test_models.py", "-k", word)) for word in ("saved", "loaded")]
"""What is done in all lanes before the next."""


def main() -> int:
    """Run lanes; 1 if one has failed, or with ``--strict`` is not available."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("lanes", nargs="*", metavar="lane", help="by default all")
    parser.add_argument("--strict", action="store_true", help="a lane that is not available failed")
    parser.add_argument(
        "--models",
        action="store_true",
        help="save models of every kind in each lane, then load in each those of the others",
    )
    given = parser.parse_args()
    names = [lane.name for lane in LANES]
    unknown = set(given.lanes) - set(names)
    if unknown:
        parser.error(f"no lane {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    lanes = [lane for lane in LANES if not given.lanes or lane.name in given.lanes]
    rounds = _MODELS if given.models else _JOURNEY
    results = dict.fromkeys(lanes, "")
    for each in rounds:
        for lane in lanes:
            if results[lane].startswith("not available"):
                continue
            found = _run(lane, each)
            if not results[lane].startswith("failed"):
                results[lane] = found
    print(f"\n{'lane':12} {'Spark':6} {'Python':6} {'Java':4} {'Delta':5}  result")
    for lane, result in results.items():
        delta = "yes" if lane.delta else "no"
        print(f"{lane.name:12} {lane.spark:6} {lane.python:6} {lane.java:<4} {delta:5}  {result}")
    passed, absent = (
        sum(result.startswith(word) for result in results.values())
        for word in ("passed", "not available")
    )
    failed = len(results) - passed - absent
    print(f"\nlanes: {passed} passed, {failed} failed, {absent} skipped")
    return int(failed > 0 or (given.strict and absent > 0))


def _run(lane: Lane, given: Try) -> str:
    """Make a lane's environment and try something in it; what became of it."""
    print(f"{lane.name}: Spark {lane.spark}, Python {lane.python}, Java {lane.java}", flush=True)
    start = time.monotonic()
    try:
        java = find_java(lane.java)
        python = lane_python(lane, find_python(lane.python))
    except NotAvailableError as error:
        return f"not available: {error}"
    made = time.monotonic()
    trouble = _tried(lane, python, java, given)
    if trouble:
        return f"failed: {trouble}"
    took = time.monotonic() - made
    return f"passed in {took:.0f} s, environment in {made - start:.0f} s"


def _tried(lane: Lane, python: Path, java: Path, given: Try) -> str:
    """Run tests in a lane; what went wrong, if anything did."""
    log = HOME / f"{lane.name}-{given.name}.log"
    models = HOME / "models"
    models.mkdir(exist_ok=True)
    env = {key: value for key, value in os.environ.items() if not key.startswith(_FOREIGN)}
    env |= {
        "JAVA_HOME": str(java),
        "PATH": os.pathsep.join([str(python.parent), str(java / "bin"), env["PATH"]]),
        "PYTHONPATH": str(ROOT),
        "SPARKFL_TEST_LANE": f"{lane.spark} {lane.python} {lane.java} {lane.delta}",
        "SPARKFL_TEST_MODELS": str(models),
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    words = [str(python), "-m", "pytest", "-s", "--durations=5", "-m", "compat"]
    words += ["-p", "no:cacheprovider", *given.words]
    with log.open("w") as output:
        try:
            code = subprocess.run(
                words,
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                check=False,
            ).returncode
        except subprocess.TimeoutExpired:
            return f"{_SECONDS} s were not enough, see {log}"
    text = log.read_text("utf-8", "replace")
    last = text.strip().splitlines()[-1].strip("= ")
    print(f"  {given.name}: {last}", flush=True)
    if code:
        return f"{last}, see {log}"
    trace = _TRACE.search(text)
    return f"a trace was shown ({trace[0].strip()}), see {log}" if trace else ""


if __name__ == "__main__":
    sys.exit(main())
