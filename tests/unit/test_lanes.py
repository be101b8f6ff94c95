"""What is said to be supported is what `make compat` tries."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from lanes import LANES

from sparkfl.sqlext.jvm.releases import GROUPS

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def minor(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")[:2]))


def test_every_spark_python_and_java_has_a_lane() -> None:
    releases = {minor(release) for group in GROUPS for release in group.releases}
    assert {minor(lane.spark) for lane in LANES} == releases
    pythons = {classifier.rsplit(" ", 1)[-1] for classifier in PROJECT["classifiers"]}
    assert {lane.python for lane in LANES} == pythons
    assert {lane.java for lane in LANES} == {17, 21}
    oldest, newest = LANES[0], LANES[-1]
    for part in (lambda lane: minor(lane.spark), lambda lane: minor(lane.python)):
        assert part(oldest) == min(map(part, LANES))
        assert part(newest) == max(map(part, LANES))
    assert oldest.lowest
    assert not newest.lowest


def test_pip_s_bounds_are_those_of_the_groups() -> None:
    releases = sorted(minor(release) for group in GROUPS for release in group.releases)
    (bounds,) = PROJECT["optional-dependencies"]["spark"]
    least, beyond = re.fullmatch(r"pyspark>=([\d.]+),<([\d.]+)", bounds).groups()
    assert minor(least) == releases[0]
    assert minor(beyond) == (releases[-1][0], releases[-1][1] + 1)
    assert PROJECT["requires-python"] == f">={min(lane.python for lane in LANES)}"


def test_the_page_names_every_lane() -> None:
    page = (ROOT / "docs" / "versions.md").read_text("utf-8")
    for lane in LANES:
        delta = "4.4" if lane.delta else "no"
        row = rf"\| `{lane.name}` \| {lane.spark} \| {lane.python}\S* \| {lane.java} \| {delta}"
        assert re.search(row, page), lane
