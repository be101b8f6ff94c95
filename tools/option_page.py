"""Write docs/options.md from the rows of model types: ``python tools/option_page.py``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sparkfl.federation.options import COLUMNS, OPTIONS
from sparkfl.models.settings import COMMON_OPTIONS
from sparkfl.models.types import ALL_TYPES, FrameType, ModelType
from sparkfl.options import Option, docs_table
from sparkfl.transforms import TRANSFORMERS, TransformFunction

__all__ = ["PAGE", "page"]

PAGE = Path(__file__).parents[1] / "docs" / "options.md"

_HEAD = """# Options

Written by `tools/option_page.py` from the rows in `sparkfl/`; do not edit.

Keys are not case sensitive. An option is refused by its name before anything runs, unless it is
honoured.

## Federated models

`CREATE FEDERATED MODEL … OPTIONS (…)`, the parameters of `sparkfl.FederatedClustering`, and the
arguments of `jobs/train.py`. SQL has no default for `MODEL_TYPE`.

"""

_COLUMNS = """
Which columns: in SQL `PARTITION BY` names the store, and `TRANSFORM (vector_assembler(array(…)) f)`
the features, by default all other columns of the query.

"""

_SINGLE = """
## Single models

`CREATE MODEL … OPTIONS (MODEL_TYPE = '…', …)`. What all types have:

"""

_TRANSFORMERS = """
## Transformers

`CREATE MODEL … TRANSFORM (function(column or array(columns)[, parameters]) [AS] alias, …)`.
Parameters go by their places, without names: `standard_scaler(v, TRUE, FALSE)`.
A vector is one of MLlib or an array of numbers.

| function | takes | makes | parameters | meaning |
|---|---|---|---|---|
"""


def page() -> str:
    """Return the page."""
    parts = [_HEAD, _federated(OPTIONS), _COLUMNS, _federated(COLUMNS), _SINGLE]
    parts += [docs_table(COMMON_OPTIONS) + "\n"]
    for name, row in sorted(ALL_TYPES.items()):
        given = row.task.metrics if isinstance(row, ModelType | FrameType) else row.judged
        judged = f"`model_evaluate` gives {given}" if given else ""
        parts.append(
            f"\n### {name}\n\n{f'{row.doc} {judged}'.strip()}\n\n{docs_table(row.options)}\n"
        )
    parts += [_TRANSFORMERS, *(_transformer(n, f) for n, f in sorted(TRANSFORMERS.items()))]
    return "".join(parts)


def _federated(options: Sequence[Option]) -> str:
    """Tell the flag of a job too."""
    head, line, *rows = docs_table(options).splitlines()
    flags = [f"`{option.flag}` |" for option in options]
    told = [f"| {flag}{row.removeprefix('|')}" for flag, row in zip(flags, rows, strict=True)]
    return "\n".join([f"| argument {head}", f"|---{line}", *told]) + "\n"


def _transformer(name: str, function: TransformFunction) -> str:
    """Describe a transformer in a row."""
    parameters = [f"`{o.key}` ({o.accepts}{_default(o)})" for o in function.parameters]
    takes = f"{'columns' if function.many else 'a column'}: {', '.join(function.accepts)}"
    cells = (f"`{name}`", takes, function.returns, "; ".join(parameters), function.doc)
    return f"| {' | '.join(cells)} |\n"


def _default(option: Option) -> str:
    """Say what holds if a parameter is left out."""
    if option.default is None:
        return ", required" if option.required else ""
    return f", default `{option.default}`"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
