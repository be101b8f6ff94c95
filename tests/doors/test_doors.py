"""Every statement through four doors: the same rows, or the same error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from corpus import corpus, registries
from doors import play
from told import Told, differences

pytestmark = pytest.mark.doors

DOORS = ("extension", "client", "spark-sql", "connect")
"""The first is what the others are compared with."""

OTHER: Mapping[str, list[tuple[str, str]]] = {
    "spark-sql": [(r"/\* without end$", "the shell waits for the end; it is not asked")],
}
"""By door, what is said otherwise there: a pattern of the statements, and why."""


@pytest.fixture(scope="module")
def homes(
    tmp_path_factory: pytest.TempPathFactory, mlflow_database: Callable[[Path], str]
) -> dict[str, Path]:
    """A folder for each door, with an empty registry for each part of the corpus."""
    found = {}
    for door in DOORS:
        home = found[door] = tmp_path_factory.mktemp(door) / f"home-{door.replace('-', '')}"
        home.mkdir()
        for name in registries():
            mlflow_database(home)
            (home / "mlflow.db").rename(home / f"{name}.db")
        mlflow_database(home)
    return found


@pytest.fixture(scope="module")
def told(homes: dict[str, Path]) -> dict[str, list[Told]]:
    """What each door says, two at a time, the slowest first."""
    with ThreadPoolExecutor(2) as pool:
        asked = {d: pool.submit(play, d, corpus(homes[d]), homes[d]) for d in reversed(DOORS)}
        return {door: asked[door].result() for door in DOORS}


def test_every_door_says_the_same(told: dict[str, list[Told]], homes: dict[str, Path]) -> None:
    found = differences(told, corpus(homes["extension"]), _known)
    assert not found, f"{len(found)} differ:\n\n" + "\n\n".join(found)


def test_most_statements_have_rows(told: dict[str, list[Told]]) -> None:
    """Doors that agree because nothing works would be no doors."""
    rows = sum(not each.error for each in told["extension"])
    assert rows > 0.6 * len(told["extension"])
    assert not [each for door in DOORS for each in told[door] if each.condition == "NOT SPARK'S"]


def _known(door: str, text: str) -> bool:
    return any(re.search(pattern, text, re.S) for pattern, _ in OTHER.get(door, []))
