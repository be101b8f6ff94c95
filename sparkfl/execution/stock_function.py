"""A function in the SQL that every Spark knows, which a session without sparkfl can call."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from sparkfl.columns import INTERNAL, quote
from sparkfl.execution.let import let
from sparkfl.execution.literals import text_sql

__all__ = ["FIGURES", "WORKER", "StockFunction", "parameter_names"]

FIGURES = f"{INTERNAL}figures"
"""What an expression calls the struct of its figures."""
_TOKEN = re.compile(r"""'(?:[^'\\]|\\.)*'|`(?:[^`]|``)*`""", re.S)
WORKER = f"{INTERNAL}worker"
"""What an expression calls the function that workers of Python run."""


@dataclass(frozen=True)
class StockFunction:
    """An expression of parameters, and figures that it looks up.

    Attributes
    ----------
    parameters : tuple of (str, str)
        Name and type of each.
    returns : str
        The type of the result.
    expression : str
        Text of the result; it refers to the parameters in back-ticks, and to `FIGURES`.
    figures : pyarrow.Table or None
        One row of figures, if the expression looks any up.
    fields : str
        Names and types of its columns.
    worker : callable or None
        A user-defined function of PySpark's, if the expression calls one as `WORKER`.

    Examples
    --------
    >>> double = StockFunction((("x", "DOUBLE"),), "DOUBLE", "2 * `x`")
    >>> double.create_sql("`twice`", "CREATE FUNCTION")
    'CREATE FUNCTION `twice`(`x` DOUBLE) RETURNS DOUBLE RETURN 2 * `x`'
    """

    parameters: tuple[tuple[str, str], ...]
    returns: str
    expression: str
    figures: pa.Table | None = None
    fields: str = ""
    worker: Any = None

    def field(self, name: str, type_: str) -> StockFunction:
        """Return a field of the struct that it gives."""
        return replace(self, returns=type_, expression=f"({self.expression}).{name}")

    def calling(self, worker: str) -> StockFunction:
        """Return the same with the name that the session has for the worker's function."""
        return replace(self, expression=self.expression.replace(WORKER, worker))

    def inlined(self, values: Sequence[str]) -> str:
        """Write the expression of values in place of the parameters.

        Parameters
        ----------
        values : sequence of str
            Texts, in the order of the parameters.

        Examples
        --------
        >>> StockFunction((("x", "DOUBLE"),), "DOUBLE", "2 * `x`").inlined(["a + 1"])
        '2 * (a + 1)'
        """
        names = [quote(name) for name, _ in self.parameters]
        texts = dict(zip(names, values, strict=True))

        def value(match: re.Match[str]) -> str:
            return f"({texts[match[0]]})" if match[0] in texts else match[0]

        return _TOKEN.sub(value, self._body(None))

    def create_sql(
        self, name: str, head: str, comment: str | None = None, table: str | None = None
    ) -> str:
        """Write the statement that creates it.

        Parameters
        ----------
        name : str
            Its name, quoted.
        head : str
            CREATE, and what it says of functions that are there.
        comment : str, optional
            What it is, without quotes and backslashes.
        table : str, optional
            Quoted name of a table with a column `FIGURES`, in one row; by default the figures
            stand in the function.
        """
        parameters = ", ".join(f"{quote(given)} {type_}" for given, type_ in self.parameters)
        told = f" COMMENT '{comment}'" if comment else ""
        body = self._body(table)
        return f"{head} {name}({parameters}) RETURNS {self.returns}{told} RETURN {body}"

    def _body(self, table: str | None) -> str:
        if self.figures is None:
            return self.expression
        if table is None:
            (row,) = self.figures.to_pylist()
            written = text_sql(json.dumps(row, ensure_ascii=False, separators=(",", ":")))
            literal = f"from_json({written}, {text_sql(self.fields)})"
            return let({FIGURES: literal}, self.expression)
        # Spark takes no subquery inside a function of lambdas, but puts it there from below.
        figures = f"(SELECT {FIGURES} FROM {table}) AS {FIGURES}"
        return f"(SELECT {self.expression} FROM (SELECT {figures}))"


def parameter_names(columns: Iterable[str]) -> list[str]:
    """Return names that differ in more than case, as those of parameters must.

    Examples
    --------
    >>> parameter_names(["spend", "Spend", "spend_2"])
    ['spend', 'Spend_2', 'spend_2_2']
    """
    names: list[str] = []
    taken: set[str] = set()
    for column in columns:
        name, number = column, 1
        while name.lower() in taken:
            number += 1
            name = f"{column}_{number}"
        taken.add(name.lower())
        names.append(name)
    return names
