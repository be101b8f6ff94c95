"""The list of slow tests names tests that there are."""

from __future__ import annotations

import re
from pathlib import Path

from slow_tests import LIST, slow_tests

ROOT = Path(__file__).parents[2]


def test_every_name_is_that_of_a_test() -> None:
    names = LIST.read_text("utf-8").splitlines()
    assert names == sorted(set(names)) != []
    for name in names:
        path, function = name.split("::")
        own = re.escape(function.rpartition(".")[2])
        found = re.search(
            rf"^ *(def|class) {own}\b", (ROOT / path).read_text("utf-8"), re.MULTILINE
        )
        assert found, f"{name} is no test; mend {LIST.name}"


def test_what_is_slow_is_so_on_the_average_of_its_parameters(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    cases = [("one[a]", 0.2), ("one[b-[c]]", 2.6), ("two", 2.9), ("three", 9.0), ("three", 1.0)]
    report.write_text(
        "<testsuites><testsuite>"
        + "".join(f'<testcase classname="a.b" name="{n}" time="{s}"/>' for n, s in cases)
        + "</testsuite></testsuites>"
    )
    other = tmp_path / "other.xml"
    other.write_text(report.read_text().replace('"2.9"', '"0.9"').replace('"2.6"', '"3.6"'))
    assert slow_tests(report) == ["a/b.py::three", "a/b.py::two"]
    assert slow_tests(report, other) == ["a/b.py::one", "a/b.py::three", "a/b.py::two"]
