"""The pages of statements, from the docstrings of their files and classes."""

from __future__ import annotations

import inspect
import re
import sys
import textwrap

from sparkfl.federation.options import COLUMNS, OPTIONS
from sparkfl.options import Option, docs_table
from sparkfl.sqlext.statements import STATEMENTS, Statement, statement_class

__all__ = ["federated_options", "pages", "purposes"]

_FEDERATED = """# Options of federated models

`CREATE FEDERATED MODEL … OPTIONS (…)`, the parameters of `sparkfl.FederatedClustering`, and the
arguments of `jobs/train.py`. SQL has no default for `MODEL_TYPE`.

{options}
Which columns: in SQL `PARTITION BY` names the store, and `TRANSFORM (vector_assembler(array(…)) f)`
the features, by default all other columns of the query.

{columns}"""


def pages() -> dict[str, str]:
    """Return the pages by their names."""
    return {f"statements/{_file(name)}.md": _page(statement_class(name)) for name in STATEMENTS}


def purposes() -> dict[str, tuple[str, str]]:
    """Return the page of each statement, and what it does."""
    docs = {name: (inspect.getdoc(statement_class(name)) or "") for name in STATEMENTS}
    return {_words(name): (_file(name), doc.partition("\n\n")[0]) for name, doc in docs.items()}


def federated_options() -> str:
    """Return the page of the options of federated models."""
    return _FEDERATED.format(options=_with_flags(OPTIONS), columns=_with_flags(COLUMNS))


def _with_flags(options: tuple[Option, ...]) -> str:
    """Tell the flag of a job too."""
    head, line, *rows = docs_table(options).splitlines()
    flags = [f"`{option.flag}` |" for option in options]
    told = [f"| {flag}{row.removeprefix('|')}" for flag, row in zip(flags, rows, strict=True)]
    return "\n".join([f"| argument {head}", f"|---{line}", *told]) + "\n"


def _words(name: str) -> str:
    if name == "CreateTransformedTable":
        return "CREATE TABLE … TRANSFORM"
    words = re.findall(r"[A-Z][a-z]+", name)
    return ("_" if words[0] == "Ml" else " ").join(words).upper()


def _file(name: str) -> str:
    return "_".join(re.findall(r"[A-Z][a-z]+", name)).lower()


def _page(statement: type[Statement]) -> str:
    grammar = inspect.getdoc(sys.modules[statement.__module__]) or ""
    text, _, examples = (inspect.getdoc(statement) or "").partition("\n\nExamples\n--------\n")
    syntax = grammar.strip(".`")
    code = textwrap.dedent(examples.partition(".. code-block:: sql\n\n")[2])
    title = _words(statement.__name__)
    options = f"\n{docs_table(statement.options)}\n" if statement.options else ""
    return f"# {title}\n\n    {syntax}\n\n{text}\n\n```sql\n{code};\n```\n{options}"
