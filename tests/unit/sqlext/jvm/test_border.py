"""Spark's JVM is touched in `sqlext/jvm` and `session.py` alone: elsewhere it may be a server's.

A client of Spark Connect has no JVM, no SparkContext and no RDDs: what asks for one does not run
there.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[4]
JVM = {"_jvm", "_jdf", "_jsc", "_jc", "_jsparkSession", "_gateway", "_java_obj", "_sc"}
CLASSIC = {"SparkContext", "SparkConf", "sparkContext", "rdd", "statusTracker", "py4j"}
ROOMS = ("sparkfl", "jobs", "notebooks")


def beyond(tree: ast.AST) -> Iterator[str]:
    """Name what a client of Spark Connect does not have, unless it is for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        names: list[str] = []
        if isinstance(node, ast.Attribute):
            names = [node.attr]
        elif isinstance(node, ast.Import):
            names = [part for alias in node.names for part in alias.name.split(".")]
        elif isinstance(node, ast.ImportFrom):
            names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("getattr", "hasattr"):
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
        yield from (name for name in names if name in JVM | CLASSIC)
        yield from beyond(node)


def is_inside(path: Path) -> bool:
    """Tell whether a file may touch the JVM."""
    room = ROOT / "sparkfl"
    return room / "sqlext" / "jvm" in path.parents or path == room / "session.py"


def test_no_other_room_touches_the_jvm() -> None:
    found = {
        f"{path.relative_to(ROOT)}: {name}"
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if not is_inside(path)
        for name in beyond(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert found == set()


@pytest.mark.parametrize(
    "code",
    [
        "def f(df):\n    return df.rdd.count()",
        "from pyspark import SparkContext as S",
        "import py4j.java_gateway",
        "getattr(spark, '_jvm', None)",
        "x = spark.sparkContext.applicationId",
    ],
)
def test_what_touches_it_is_seen(code: str) -> None:
    assert len(list(beyond(ast.parse(code)))) == 1
    typed = f"if TYPE_CHECKING:\n    {code}" if "\n" not in code else ""
    assert not list(beyond(ast.parse(typed)))


def test_the_border_is_where_it_is_said_to_be() -> None:
    files = (path for path in (ROOT / "sparkfl").rglob("*.py") if is_inside(path))
    inside = {name for path in files for name in beyond(ast.parse(path.read_text("utf-8")))}
    assert inside >= {"_jvm", "_jdf", "SparkContext", "sparkContext"}
