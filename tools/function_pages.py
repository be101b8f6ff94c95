"""The pages of table functions, from the rows of `sparkfl/sqlext/functions.json`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sparkfl.sqlext.functions import (
    ARGUMENTS,
    EXPRESSION_ROWS,
    FUNCTIONS,
    FunctionOption,
    TableFunction,
)

__all__ = ["pages", "purposes"]

_CUSTOMERS = "SELECT * FROM customers"
_ASKED: Mapping[str, tuple[str, str]] = {
    "confusion_matrix": ("churn", _CUSTOMERS),
    "explain": ("churn", _CUSTOMERS),
    "explore": ("", _CUSTOMERS),
    "feature_importance": ("churn", ""),
    "feature_join": (
        "",
        "SELECT customer_id, timestamp_seconds(1772000000 + customer_id) AS asked FROM customers",
    ),
    "forecast": ("weekly", ""),
    "global_explain": ("churn", _CUSTOMERS),
    "metrics": ("", "SELECT * FROM told"),
    "influence": ("shops", ""),
    "ml_explain_feature_importance": ("churn", ""),
    "ml_explain_prediction": ("churn", _CUSTOMERS),
    "ml_model_metrics": ("searched", ""),
    "predict_encrypted": ("worth", "SELECT encrypted_features FROM requests"),
    "principal_components": ("worth", ""),
    "recommend": ("taste", ""),
    "roc_curve": ("churn", _CUSTOMERS),
    "rules": ("basket_rules", ""),
    "trials": ("searched", ""),
    "verdicts": ("shops", ""),
    "weights": ("worth", ""),
}
"""Model and query of the examples of `sql_examples` that a function can be asked of."""
_OPTIONS = {
    **dict.fromkeys(("SPLIT", "CLUSTER", "PREDICTION", "ORDERED", "RECOMMENDED"), ""),
    "PER": "'store_id'",
    "MODEL": "'segments'",
    "GROUPS": "'weekend'",
    "HORIZON": "30",
    "LEVEL": "0.9",
    "FIRST": "1",
    "SECOND": "2",
}
"""Values of options without a default; "" of those that the examples have no column for."""


def pages() -> dict[str, str]:
    """Return the pages by their names."""
    made = {f"functions/{row.name}.md": _page(row) for row in FUNCTIONS.values()}
    return made | {f"functions/{row['name']}.md": _expression(row) for row in EXPRESSION_ROWS}


def purposes() -> dict[str, str]:
    """Return what each function does."""
    own = {name: row.purpose for name, row in FUNCTIONS.items()}
    return dict(sorted({**own, **{row["name"]: row["purpose"] for row in EXPRESSION_ROWS}}.items()))


def _page(function: TableFunction) -> str:
    aliases = "".join(f" Also `{alias}`." for alias in function.aliases)
    parts = [f"# {function.name}", f"    {function.name}({function.arguments})"]
    parts += [function.purpose + aliases, _examples(function)]
    kinds = dict.fromkeys(re.findall(r"\w+", function.arguments))
    if kinds:
        parts.append(_table("argument", {kind: ARGUMENTS[kind]["meaning"] for kind in kinds}))
    if function.options:
        options = {
            key: option.meaning
            + (f" Without it `SET {option.setting} = true` decides." if option.setting else "")
            for key, option in function.options.items()
        }
        parts.append(_table("option", options))
    parts.append(_table("column", dict(function.columns)))
    return "\n\n".join(parts)


def _expression(row: dict[str, Any]) -> str:
    aliases = "".join(f" Also `{alias}`." for alias in row["aliases"])
    call = f"    {row['name']}({row['arguments']})"
    example = (
        "```sql\nSELECT customer_id FROM customers\n"
        f"WHERE {row['name']}('churn', age, total_orders) > 0.5;\n```\n"
    )
    return f"# {row['name']}\n\n{call}\n\n{row['purpose']}{aliases}\n\n{example}"


def _examples(function: TableFunction) -> str:
    """Show a call, and one with each option."""
    own = function.options if "options" in function.arguments else {}
    given = {
        key: _given(key, option)
        for key, option in own.items()
        if option.kind != "text" or key.lower() not in function.arguments
    }
    calls = ["", *(f"OPTIONS({key} = {value})" for key, value in given.items() if value)]
    kinds = re.findall(r"\w+", function.arguments)
    model, query = _ASKED.get(function.capability, ("segments", _CUSTOMERS))
    samples = {"model": model, "query": query, "task": "'regression'"}
    rows = []
    for options in calls:
        # What an option says is no argument besides.
        there = [k for k in kinds if k == "options" or f"{k.upper()} =" not in options]
        values = [
            options if kind == "options" else samples.get(kind, ARGUMENTS[kind]["example"])
            for kind in there
        ]
        rows.append(f"SELECT * FROM {function.name}({', '.join(filter(None, values))});\n")
    return f"```sql\n{''.join(rows)}```"


def _given(key: str, option: FunctionOption) -> str:
    """Write a value of an option; "" if it goes with other examples only."""
    if key == "TASK":
        return ""
    if key in _OPTIONS:
        return _OPTIONS[key]
    return "TRUE" if option.default is False else repr(option.default)


def _table(what: str, entries: dict[str, str]) -> str:
    rows = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in entries.items())
    return f"| {what} | meaning |\n|---|---|\n{rows}"
