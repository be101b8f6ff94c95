"""Write docs/functions.md from the table functions' rows: ``python tools/function_page.py``."""

from __future__ import annotations

import re
from pathlib import Path

from sparkfl.sqlext.functions import ARGUMENTS, FUNCTIONS, FunctionOption, TableFunction

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


def page() -> str:
    """Return the page."""
    arguments = _table("argument", {kind: row["meaning"] for kind, row in ARGUMENTS.items()})
    return _HEAD + "\n".join([arguments, *map(_section, FUNCTIONS.values())])


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


def _examples(function: TableFunction) -> str:
    """Show a call, and one with each option."""
    calls = ["", *(f"OPTIONS({key} = {_given(o)})" for key, o in function.options.items())]
    kinds = re.findall(r"\w+", function.arguments)
    rows = []
    for options in calls:
        given = [options if kind == "options" else ARGUMENTS[kind]["example"] for kind in kinds]
        rows.append(f"SELECT * FROM {function.name}({', '.join(filter(None, given))});\n")
    return f"```sql\n{''.join(rows)}```\n"


def _given(option: FunctionOption) -> str:
    """Write a value of an option: TRUE, or its default."""
    return "TRUE" if option.default is False else repr(option.default)


def _table(what: str, entries: dict[str, str]) -> str:
    """Lay out names and their meanings."""
    rows = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in entries.items())
    return f"| {what} | meaning |\n|---|---|\n{rows}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
