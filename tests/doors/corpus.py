"""The statements that every door is asked: the documented examples, and those of corpus.sql."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from documented import MODELS, TABLES, examples, in_order, of, statements

__all__ = ["corpus", "registries", "sections"]

_WRITTEN = Path(__file__).with_name("corpus.sql")
_VIEW = "CREATE OR REPLACE TEMP VIEW features AS SELECT * FROM customers"


def sections() -> Iterator[tuple[str, list[str]]]:
    """Give the parts of the corpus, each of which begins with an empty registry."""
    tables = [*statements(TABLES), _VIEW, "CREATE DATABASE IF NOT EXISTS sales"]
    yield "types", [*tables, *_of("types"), *_of("transformers")]
    yield "functions", [*statements(MODELS), *_of("functions")]
    pages = sorted(of("statements"), key=in_order)
    first = [page for page in pages if not in_order(page)]
    made = [text for page in first for text in examples(page)]
    asked = [text for page in pages[len(first) :] for text in examples(page)]
    asked = [text.replace("/backup", "{home}/backup") for text in asked]
    yield "statements", [*made, *statements(MODELS), *asked]
    for part in re.split(r"^-- # ", _WRITTEN.read_text("utf-8"), flags=re.M)[1:]:
        name, _, text = part.partition("\n")
        yield f"own_{name.strip()}", statements(text)


def _of(folder: str) -> list[str]:
    return [text for page in of(folder) for text in examples(page)]


def registries() -> list[str]:
    """Return the names of the sections."""
    return [name for name, _ in sections()]


def corpus(home: Path) -> list[str]:
    """Return all statements, for a door whose files are below a directory."""
    found = []
    for name, own in sections():
        found.append(f"SET spark.sparkfl.trackingUri = sqlite:///{home}/{name}.db")
        found += [text.replace("{home}", str(home)) for text in own]
    return found
