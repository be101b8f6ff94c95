"""Every place where rows or figures leave a worker is known, with what makes it safe.

A new one fails here: say in `known_ways_out.py` which gate it passes, or why nothing of a store is
in it.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from known_ways_out import GATED, INSIDE, KNOWN, OWN, RELEASED, SINGLE, SIZES

ROOT = Path(__file__).parents[3]

ALWAYS = frozenset(
    [
        "collect",
        "toArrow",
        "toPandas",
        "first",
        "head",
        "tail",
        "take",
        "show",
        "toLocalIterator",
        "rdd",
        "accumulator",
        "foreach",
        "foreachPartition",
        "foreachBatch",
        "mapInArrow",
        "mapInPandas",
        "applyInArrow",
        "applyInPandas",
        "writeTo",
        "writeStream",
        "insertInto",
        "broadcast",
        "fit",
        "udf",
        "pandas_udf",
        "arrow_udf",
        "udtf",
        "_jdf",
    ]
)
"""Attributes that bring rows to the driver, or hand them to Python code that could send them."""

WITHOUT_ARGUMENTS = frozenset({"count", "isEmpty", "scalar", "write"})
"""Likewise, unless they are called with arguments: texts, lists and files have these too."""

NO_FRAMES = frozenset({"F", "sf", "self"})
"""Modules of functions that describe a plan; and no class of ours is a frame."""


def ways_out(path: Path) -> Iterator[str]:
    """Name the places in a file by the function they stand in and the way out."""
    seen: Counter[str] = Counter()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    with_arguments = {
        id(node.func)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and (node.args or node.keywords)
    }

    def walk(node: ast.AST, inside: str) -> Iterator[str]:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            inside = f"{inside}.{node.name}".lstrip(".")
        if isinstance(node, ast.Attribute) and is_way_out(node, id(node) in with_arguments):
            place = " ".join(filter(None, [relative(path), inside, node.attr]))
            seen[place] += 1
            yield place if seen[place] == 1 else f"{place} {seen[place]}"
        for child in ast.iter_child_nodes(node):
            yield from walk(child, inside)

    return walk(tree, "")


def is_way_out(node: ast.Attribute, with_arguments: bool) -> bool:
    """Tell whether an attribute can bring rows out of a worker."""
    if isinstance(node.value, ast.Name) and node.value.id in NO_FRAMES:
        return node.attr == "broadcast"
    return node.attr in ALWAYS or (node.attr in WITHOUT_ARGUMENTS and not with_arguments)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def test_every_way_out_of_a_worker_is_known() -> None:
    files = [path for room in ("sparkfl", "jobs") for path in (ROOT / room).rglob("*.py")]
    found = {place for path in files for place in ways_out(path)}
    assert found - set(KNOWN) == set(), "new ways out: which gate do they pass?"
    assert set(KNOWN) - found == set(), "ways out that are not there any more"


def test_no_place_is_judged_twice() -> None:
    kinds = (GATED, SIZES, INSIDE, OWN, RELEASED, SINGLE)
    assert len(KNOWN) == sum(map(len, kinds))


@pytest.mark.parametrize("gate", sorted(set(GATED.values())))
def test_the_gates_are_there(gate: str) -> None:
    module, name = gate.split(":")
    assert callable(getattr(import_module(f"sparkfl.{module}"), name))


def test_a_new_way_out_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "leak.py"
    path.write_text(
        "class Survey:\n"
        "    def extremes(self, df):\n"
        "        send = df.agg({'x': 'max'}).collect\n"
        "        df.write.parquet('out')\n"
        "        self.file.write('text')\n"
        "        'text'.count('t')\n"
        "        return send(), df.collect(), df.count()\n"
    )
    assert sorted(ways_out(path)) == [
        f"leak.py Survey.extremes {way}" for way in ("collect", "collect 2", "count", "write")
    ]
