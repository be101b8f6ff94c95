"""Options as a table of documentation."""

from __future__ import annotations

from collections.abc import Iterable

from sparkfl.options.option import Option

__all__ = ["docs_table"]


def docs_table(options: Iterable[Option]) -> str:
    """Return a Markdown table with a row an option.

    Examples
    --------
    >>> print(docs_table([Option("k", int, 2, "Clusters.", minimum=2, key="NUM_CLUSTERS")]))
    | option | Python | value | default | meaning |
    |---|---|---|---|---|
    | `NUM_CLUSTERS` | `k` | an integer of at least 2 | `2` | Clusters. |
    """
    rows = ["| option | Python | value | default | meaning |", "|---|---|---|---|---|"]
    for option in options:
        names = ", ".join(f"`{spelling}`" for spelling in option.spellings)
        default = "required" if option.required else ""
        default = default if option.default is None else f"`{option.default}`"
        cells = (names, f"`{option.param}`", option.accepts, default, option.doc)
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows)
