"""Types of columns that follow from their texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pyspark.sql import functions as F

from sparkfl.columns import quote, string_literal
from sparkfl.sources.rules import TextRules
from sparkfl.sources.typed import INFERRED, present, typed
from sparkfl.sources.views import is_number

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["inferred_types"]

_CODE = r"^[+-]?0\d+$"


def inferred_types(
    texts: DataFrame, columns: Sequence[str], rules: TextRules, apart: bool = False
) -> list[str]:
    """Return the type of each column: one that its values have, but for the share that may not.

    Whole numbers with a leading zero, such as 01, are codes, and stay text; a column without values
    is one of text. All columns are judged in one pass, as rows of a number and a text, so that two
    hundred plan as fast as two.

    Parameters
    ----------
    texts : pyspark.sql.DataFrame
        Rows that are whole; the columns are strings.
    columns : sequence of str
        Which.
    rules : TextRules
        How they are read.
    apart : bool, default False
        Whether the columns are of VARIANT, with numbers for which the marks of the rules do not
        hold.
    """
    array = ", ".join(map(quote, columns))
    values = texts.selectExpr(f"posexplode(array({array})) AS (place, value)")
    own = is_number("value") if apart else "FALSE"
    text = present("CAST(value AS STRING)", rules)
    known = values.selectExpr("place", f"{own} AS own", f"{text} AS text").where("text IS NOT NULL")
    counts = []
    for name in INFERRED:
        strict = _strict(name, rules)
        if apart:
            strict = f"IF(own, {_strict(name, TextRules())}, {strict})"
        counts.append(f"count({strict}) AS {name}")
    code = f"count_if(text RLIKE {string_literal(_CODE)}) AS codes"
    found = {
        row.place: row
        for row in known.groupBy("place")
        .agg(*map(F.expr, ["count(text) AS present", code, *counts]))
        .collect()
    }
    types = []
    for place in range(len(columns)):
        row = found.get(place)
        enough = 0 if row is None else row.present * (1 - rules.tolerance)
        fits = [name for name in INFERRED if row is not None and row[name] >= enough]
        if row is not None and row.codes:
            fits = [name for name in fits if name not in ("BIGINT", "DOUBLE")]
        types.append(fits[0] if fits else "STRING")
    return types


def _strict(name: str, rules: TextRules) -> str:
    """Return an expression that is not NULL where a text by itself tells the type."""
    if name == "BOOLEAN":
        return "IF(lower(text) IN ('true', 'false'), TRUE, NULL)"
    value = typed("text", name, rules)
    if name == "BIGINT":
        return f"IF(instr(text, {string_literal(rules.decimal)}) = 0, {value}, NULL)"
    if name == "DATE":
        return f"IF(instr(text, ':') = 0, {value}, NULL)"
    return value
