"""Write docs/functions.md from the table functions' rows: ``python tools/function_page.py``."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sparkfl.sqlext.functions import (
    ARGUMENTS,
    EXPRESSION_ROWS,
    FUNCTIONS,
    FunctionOption,
    TableFunction,
)

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "functions.md"

_HEAD = """# Table functions

Written by `tools/function_page.py` from `sparkfl/sqlext/functions.json`; do not edit.

A table function asks something of a model in the registry. It stands where a table may stand, in
joins, CTEs, views, INSERT and CREATE TABLE AS too, and nothing trains or scores until its rows are
read. A model that cannot be asked says what it can be asked. `DESCRIBE FUNCTION EXTENDED name`
shows in SQL what stands here. Its query does not see the columns of a table that stands before it,
with LATERAL or without.

"""

_EXPRESSIONS = """# Functions of rows

They stand wherever an expression may: in SELECT, WHERE, CASE, INSERT. The model is a string.
"""


def page() -> str:
    """Return the page."""
    arguments = _table("argument", {kind: row["meaning"] for kind, row in ARGUMENTS.items()})
    parts = [arguments, *map(_section, FUNCTIONS.values()), _EXPRESSIONS]
    return _HEAD + "\n".join([*parts, *map(_expression, EXPRESSION_ROWS)])


def _section(function: TableFunction) -> str:
    """Describe a function."""
    aliases = "".join(f" Also `{alias}`." for alias in function.aliases)
    lines = [f"## {function.name}\n", f"    {function.name}({function.arguments})\n"]
    lines += [function.purpose + aliases + "\n", _examples(function)]
    if function.options:
        options = {
            key: option.meaning
            + (f" Without it `SET {option.setting} = true` decides." if option.setting else "")
            for key, option in function.options.items()
        }
        lines.append(_table("option", options))
    lines.append(_table("column", dict(function.columns)))
    return "\n".join(lines)


def _expression(row: dict[str, Any]) -> str:
    """Describe a function of rows."""
    aliases = "".join(f" Also `{alias}`." for alias in row["aliases"])
    call = f"    {row['name']}({row['arguments']})"
    example = f"```sql\nSELECT {row['example']};\n```\n"
    return f"## {row['name']}\n\n{call}\n\n{row['purpose']}{aliases}\n\n{example}"


def _examples(function: TableFunction) -> str:
    """Show a call, and one with each option."""
    own = function.options if "options" in function.arguments else {}
    calls = ["", *(f"OPTIONS({key} = {_given(key, o)})" for key, o in own.items())]
    kinds = re.findall(r"\w+", function.arguments)
    rows = []
    for options in calls:
        given = [options if kind == "options" else ARGUMENTS[kind]["example"] for kind in kinds]
        rows.append(f"SELECT * FROM {function.name}({', '.join(filter(None, given))});\n")
    return f"```sql\n{''.join(rows)}```\n"


def _given(key: str, option: FunctionOption) -> str:
    """Write a value of an option: TRUE, or its default, or that of the argument."""
    if option.default is None and key.lower() in ARGUMENTS:
        return ARGUMENTS[key.lower()]["example"]
    return "TRUE" if option.default is False else repr(option.default)


def _table(what: str, entries: dict[str, str]) -> str:
    """Lay out names and their meanings."""
    rows = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in entries.items())
    return f"| {what} | meaning |\n|---|---|\n{rows}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
