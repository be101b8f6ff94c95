"""The examples of docs/sql, in an order in which what they read is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import sql_pages
from sql_examples import MODELS, TABLES

__all__ = ["MODELS", "PAGES", "TABLES", "examples", "in_order", "of", "statements"]

PAGES: Mapping[str, str] = sql_pages.pages()
_FIRST = (
    "create_external_source",
    "create_feature_view",
    "create_federated_model",
    "create_model",
    "create_release_policy",
    "ml_automl",
    "ml_train",
)
_APART = (
    "create_federation",
    "alter_federation",
    "join_federation",
    "ml_federated_train",
    "aggregate_federation",
    "ml_federated_aggregate",
    "show_federation",
    "leave_federation",
    "drop_federation",
)
_LAST = (
    "alter_feature_view",
    "alter_model",
    "alter_release_policy",
    "drop_external_source",
    "drop_feature_view",
    "drop_model",
    "drop_release_policy",
)


def statements(text: str) -> list[str]:
    """Return the statements of SQL, each of which ends its line."""
    return [part.strip().removesuffix(";") for part in re.split(r";\n", text) if part.strip()]


def examples(page: str) -> list[str]:
    """Return the statements of a page."""
    blocks = re.findall(r"```sql\n(.*?)```", PAGES[page], re.S)
    return [statement for block in blocks for statement in statements(block)]


def of(folder: str) -> list[str]:
    """Return the pages of a folder."""
    return [page for page in PAGES if page.startswith(f"{folder}/")]


def in_order(page: str) -> float:
    """Return what to sort pages of statements by: those that make models come first."""
    name = Path(page).stem
    if name in _APART:
        return 1 + (_APART.index(name) + 1) / 100
    return 0 if name in _FIRST else 2 if name in _LAST else 1
