"""Spark's JVM is touched in `sqlext/jvm` and `session.py` alone: elsewhere it may be a server's."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[4] / "sparkfl"
INTERNAL = {"_jvm", "_jdf", "_jsc", "_jc", "_jsparkSession", "_gateway", "_java_obj", "_sc"}


def test_no_other_room_touches_the_jvm() -> None:
    found = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.attr}"
        for path in ROOT.rglob("*.py")
        if ROOT / "sqlext" / "jvm" not in path.parents and path != ROOT / "session.py"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in INTERNAL
    }
    assert found == set()


def test_the_border_is_where_it_is_said_to_be() -> None:
    inside = "".join(path.read_text("utf-8") for path in (ROOT / "sqlext" / "jvm").glob("*.py"))
    assert {name for name in INTERNAL if f".{name}" in inside} >= {"_jvm", "_jdf"}
