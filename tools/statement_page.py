"""Write docs/statements.md from the statements' classes: ``python tools/statement_page.py``."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from pathlib import Path

from sparkfl.sqlext.statements import STATEMENTS, Statement, statement_class

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "statements.md"

_HEAD = """# Statements

Written by `tools/statement_page.py` from `sparkfl/sqlext/statements/`; do not edit.

Keywords are of any case. What is in brackets may be left out. A version is a number, an alias, or
`latest`, which is meant where none is given. Options and transformers stand in
[options.md](options.md), the functions that ask a model in [functions.md](functions.md).
"""


def page() -> str:
    """Return the page."""
    return "\n".join([_HEAD, *(_section(statement_class(name)) for name in STATEMENTS)])


def _section(statement: type[Statement]) -> str:
    """Describe a statement by the docstrings of its file and its class."""
    grammar = inspect.getdoc(sys.modules[statement.__module__]) or ""
    text, _, examples = (inspect.getdoc(statement) or "").partition("\n\nExamples\n--------\n")
    syntax = grammar.strip(".`")
    code = textwrap.dedent(examples.partition(".. code-block:: sql\n\n")[2])
    words = re.findall(r"[A-Z][a-z]+", statement.__name__)
    return f"## {' '.join(words).upper()}\n\n    {syntax}\n\n{text}\n\n```sql\n{code}\n```\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
