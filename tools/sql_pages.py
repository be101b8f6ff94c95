"""Write docs/sql, a page a statement, function, type and transformer: `tools/sql_pages.py`."""

from __future__ import annotations

import shutil
from pathlib import Path

import function_pages
import statement_pages
from sql_examples import MODELS, TABLES, of_transformer, of_type

from sparkfl.models.settings import COMMON_OPTIONS
from sparkfl.models.types import ALL_TYPES, FrameType, ModelType
from sparkfl.options import Option, docs_table
from sparkfl.transforms import TRANSFORMERS, TransformFunction

__all__ = ["ROOT", "pages"]

ROOT = Path(__file__).parents[1] / "docs" / "sql"

_HEAD = """# SQL reference

Written by `make docs` from the rows in `sparkfl/`; do not edit. A test runs every example, over the
tables and models of [examples](examples.md).

Keywords, keys of OPTIONS and names of functions are of any case. What is in brackets may be left
out. A version is a number, an alias, or `latest`, which is meant where none is given. An option is
refused by its name before anything runs, unless it is honoured.
"""
_EXAMPLES = """# The tables and models of the examples

```sql
{tables}```

```sql
{models}```
"""
_OPTIONS = """# Options of all model types

`CREATE MODEL … OPTIONS (MODEL_TYPE = '…', …)`

{options}
"""


def pages() -> dict[str, str]:
    """Return all pages by their names."""
    return {
        "index.md": _index(),
        "examples.md": _EXAMPLES.format(tables=TABLES, models=MODELS),
        "options.md": _OPTIONS.format(options=docs_table(COMMON_OPTIONS)),
        "federated_options.md": statement_pages.federated_options(),
        **statement_pages.pages(),
        **function_pages.pages(),
        **{f"types/{name}.md": _type(name) for name in ALL_TYPES},
        **{
            f"transformers/{name}.md": _transformer(name, row) for name, row in TRANSFORMERS.items()
        },
    }


def _index() -> str:
    statements = {
        f"[{words}](statements/{file}.md)": text
        for words, (file, text) in statement_pages.purposes().items()
    }
    functions = {
        f"[{name}](functions/{name}.md)": text for name, text in function_pages.purposes().items()
    }
    types = {f"[{name}](types/{name}.md)": row.doc for name, row in sorted(ALL_TYPES.items())}
    transformers = {
        f"[{name}](transformers/{name}.md)": row.doc for name, row in sorted(TRANSFORMERS.items())
    }
    return "\n".join(
        [
            _HEAD,
            _listed("Statements", "", statements),
            _listed(
                "Functions",
                "A table function asks something of a model in the registry. It stands where a "
                "table may stand, in joins, CTEs, views, INSERT and CREATE TABLE AS too, and "
                "nothing trains or scores until its rows are read. A model that cannot be asked "
                "says what it can be asked. Its query does not see the columns of a table that "
                "stands before it, with LATERAL or without.\n\n",
                functions,
            ),
            _listed(
                "Model types",
                "Their own options stand on their pages, those of [all](options.md) and of "
                "[federated models](federated_options.md) on theirs.\n\n",
                types,
            ),
            _listed(
                "Transformers",
                "`TRANSFORM (function(column or array(columns)[, parameters]) [AS] alias, …)`. "
                "Parameters go by their places, without names: `standard_scaler(v, TRUE, FALSE)`. "
                "A vector is one of MLlib or an array of numbers.\n\n",
                transformers,
            ),
        ]
    )


def _listed(title: str, text: str, entries: dict[str, str]) -> str:
    rows = "".join(f"| {name} | {' '.join(told.split())} |\n" for name, told in entries.items())
    return f"## {title}\n\n{text}| | |\n|---|---|\n{rows}"


def _type(name: str) -> str:
    row = ALL_TYPES[name]
    given = row.task.metrics if isinstance(row, ModelType | FrameType) else row.judged
    judged = f" `model_evaluate` gives {given}" if given else ""
    aliases = "".join(f" Also `{alias}`." for alias in row.aliases)
    return (
        f"# {name}\n\n{row.doc}{judged}{aliases}\n\n```sql\n{of_type(name)};\n```\n\n"
        f"{docs_table(row.options)}\n"
    )


def _transformer(name: str, row: TransformFunction) -> str:
    takes = f"{'columns' if row.many else 'a column'}: {', '.join(row.accepts)}"
    made = "the same" if row.returns == "same" else f"a {row.returns}"
    parameters = "".join(f"| `{o.key}` | {o.accepts}{_default(o)} |\n" for o in row.parameters)
    table = f"| parameter | |\n|---|---|\n{parameters}" if parameters else ""
    return (
        f"# {name}\n\n{row.doc} It takes {takes}; it makes {made}.\n\n"
        f"```sql\n{of_transformer(name)};\n```\n\n{table}"
    )


def _default(option: Option) -> str:
    """Say what holds if a parameter is left out."""
    if option.default is None:
        return ", required" if option.required else ""
    return f", default `{option.default}`"


if __name__ == "__main__":
    shutil.rmtree(ROOT, ignore_errors=True)
    for name, text in pages().items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, encoding="utf-8")
