"""Cells of SQL in Jupyter and Databricks: ``%load_ext sparkfl``, then ``%%sparkfl``."""

from __future__ import annotations

import argparse
import html
import logging
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from IPython.core.magic import Magics, line_cell_magic, magics_class
from IPython.display import HTML, display
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from sparkfl.errors import SparkflError
from sparkfl.sqlext.client import sql
from sparkfl.sqlext.lexer import lex
from sparkfl.sqlext.parameters import named_in

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from pyspark.sql import DataFrame

__all__ = ["SparkflMagics", "load"]

_ROWS = 20
_STYLE = (
    "<style>.sparkfl td, .sparkfl th {text-align: left; white-space: pre-wrap; max-width: 40em; "
    "vertical-align: top} .sparkfl .null {color: gray; font-style: italic}</style>"
)


class CellError(Exception):
    """What went wrong in a cell, shown without a trace."""

    def _render_traceback_(self) -> list[str]:
        return str(self).splitlines()


@magics_class
class SparkflMagics(Magics):
    """The magics `%sparkfl` and `%%sparkfl`."""

    @line_cell_magic
    def sparkfl(self, line: str, cell: str | None = None) -> None:
        """Run statements and show the rows of each as a table.

        ``%sparkfl SHOW MODELS`` runs one; in a cell that begins with ``%%sparkfl`` there may be
        several, with semicolons between them. A parameter ``:name`` is the notebook's variable of
        that name.

        ``--into df`` keeps the last statement's frame in a variable instead of showing it;
        ``--limit 20`` is how many rows are shown; ``--session spark`` names the variable of the
        session, by default ``spark``, else it is the one that runs.
        """
        options = _options("" if cell is None else line)
        # The line of the magic is a line of the cell, too.
        statements = list(_statements(line if cell is None else f"\n{cell}"))
        with _readable():
            spark = self._session(options.session)
            for place, statement in enumerate(statements):
                df = sql(spark, statement, self._arguments(statement))
                if options.into and place == len(statements) - 1:
                    self._variables[options.into] = df
                elif df.columns:
                    _show(_table(df, options.limit))

    @property
    def _variables(self) -> dict[str, Any]:
        assert self.shell is not None
        variables: dict[str, Any] = self.shell.user_ns
        return variables

    def _session(self, name: str) -> SparkSession:
        """Return the notebook's session."""
        found: SparkSession | None = self._variables.get(name) or SparkSession.getActiveSession()
        if found is None:
            raise SparkflError(
                f"There is no Spark session in the variable {name!r}. Make one: spark = "
                "sparkfl.configure_spark(SparkSession.builder).getOrCreate(), or name another "
                "variable by --session."
            )
        return found

    def _arguments(self, statement: str) -> dict[str, Any] | None:
        """Return the notebook's values of a statement's parameters."""
        names = named_in(statement)
        missing = [name for name in names if name not in self._variables]
        if missing:
            raise SparkflError(
                f"Parameter :{missing[0]} is no variable of the notebook; set {missing[0]} first."
            )
        return {name: self._variables[name] for name in names} or None


def load(shell: InteractiveShell) -> None:
    """Register the magics with a running IPython, as ``%load_ext sparkfl`` asks."""
    shell.register_magics(SparkflMagics)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="%%sparkfl", add_help=False, exit_on_error=False)
    parser.add_argument("--into", metavar="VARIABLE", default="")
    parser.add_argument("--limit", metavar="ROWS", type=int, default=_ROWS)
    parser.add_argument("--session", metavar="VARIABLE", default="spark")
    return parser


def _options(line: str) -> argparse.Namespace:
    """Read what stands behind ``%%sparkfl``."""
    try:
        options, others = _parser().parse_known_args(shlex.split(line))
    except (argparse.ArgumentError, ValueError) as error:
        raise CellError(f"%%sparkfl: {error}") from None
    if others:
        raise CellError(
            f"%%sparkfl takes --into VARIABLE, --limit ROWS and --session VARIABLE, not {others[0]}"
            "; statements stand in the lines below."
        )
    return options


def _statements(text: str) -> Iterator[str]:
    """Give the statements of a cell, each behind as many lines as are before it."""
    start = 0
    for token in [*lex(text), None]:
        if token is None or token.text == ";":
            statement = text[start : token.start if token else len(text)]
            if lex(statement):
                yield "\n" * text.count("\n", 0, start) + statement
            start = token.stop if token else start


@contextmanager
def _readable() -> Iterator[None]:
    """Show bars while training runs, and errors as what they say."""
    logger = logging.getLogger("sparkfl")
    level = logger.level
    logger.setLevel(logging.INFO)
    try:
        yield
    except (PySparkException, SparkflError) as error:
        # Behind a blank line Spark shows its plan.
        text = str(error).strip()
        shown = text if "== SQL ==" in text else text.split(";\n")[0]
        raise CellError(shown) from None
    finally:
        logger.setLevel(level)


def _show(page: str) -> None:
    display(HTML(page))  # type: ignore[no-untyped-call]


def _table(df: DataFrame, limit: int) -> str:
    """Return the first rows of a frame as HTML."""
    rows = df.limit(limit + 1).collect()
    head = "".join(f"<th>{html.escape(name)}</th>" for name in df.columns)
    body = "".join(
        f"<tr>{''.join(f'<td>{_cell(value)}</td>' for value in row)}</tr>" for row in rows[:limit]
    )
    more = f"<p>The first {limit} rows; more by --limit.</p>" if len(rows) > limit else ""
    table = f"<table class='sparkfl'><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    return _STYLE + table + more


def _cell(value: object) -> str:
    if value is None:
        return "<span class='null'>NULL</span>"
    return html.escape(f"{value:.6g}" if isinstance(value, float) else str(value))
