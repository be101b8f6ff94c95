"""Write the table of aggregations in docs/features.md from their rows."""

from __future__ import annotations

import re
from pathlib import Path

from sparkfl.features.aggregations import AGGREGATIONS

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "features.md"

_PART = re.compile(
    r"(<!-- aggregations: written by tools/feature_page.py -->\n).*(<!-- /aggregations -->)",
    re.DOTALL,
)


def page() -> str:
    """Return the page with the table as the rows have it."""
    lines = []
    for name, row in AGGREGATIONS.items():
        words = [f"`{name}`", *(f"`{option.param}`" for option in row.parameters)]
        lines.append(f"| {', '.join(words)} | {row.doc} | {'yes' if row.states else 'no'} |")
    head = "| name, parameters | what | days add up |\n|---|---|---|\n"
    table = head + "\n".join(lines) + "\n"
    return _PART.sub(lambda m: m[1] + table + m[2], PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
