"""Rows to try every declared type and transformer on, and how each is called.

A new model type or transformer of a kind that is here needs no line in this file.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import numpy as np

from sparkfl.models.types import MODEL_TYPES
from sparkfl.options import Option
from sparkfl.transforms import TRANSFORMERS, TransformFunction

ROWS = 120
SCHEMA = """id int, x double, y double, `net sales.€` decimal(9,2), `select` int, flag boolean,
city string, tags array<string>, weight double, rfm struct<Spend: double, orders: int>,
pair array<double>, label string, code int, holes double,
day date, moment timestamp, counts array<double>, grade int"""

COLUMN_OF = {
    "number": "grade",
    "boolean": "flag",
    "date": "day",
    "string": "city",
    "tokens": "tags",
    "vector": "pair",
}

LABELS = {"classification": "label", "ranking": "grade", "regression": "weight"}
"""A label for each task that has one; `code` has two classes."""

COLUMNS = {"censorCol": "flag", "queryCol": "city"}
"""Columns that a type cannot do without."""

OF_EACH_TASK = sorted({row.task.name: name for name, row in MODEL_TYPES.items()}.values())
"""A type of each task, for what is the same for all of a task."""

ARGUMENTS: dict[str, object] = {
    "integers": [1, 0],
    "strings": ["a"],
    "splits": ["-inf", 0.5, 1e9, "inf"],
    "k": 1,
    "bucketLength": 3.0,
    "selectionThreshold": 1.0,
    "strategy": None,
}
"""A value for each parameter without a default, or for each kind."""


def rows() -> list[tuple[object, ...]]:
    """Three groups that every kind of column tells apart."""
    rng = np.random.default_rng(7)
    made = []
    for i in range(ROWS):
        group = i % 3
        # Above 0, as counts are.
        x, y = rng.normal(group * 6.0 + 6.0), rng.normal((group == 1) * 6.0 + 6.0)
        spend = float(rng.gamma(2.0) + group)
        made.append(
            (
                i,
                float(x),
                float(y),
                Decimal(f"{spend:.2f}"),
                group + 1,
                group == 2,
                ("Köln", "lyon", "o'Hare")[group],
                ["a", "b", "cc"][: group + 1],
                float(1 + i % 2),
                (spend, i % 5),
                [float(x), float(y)],
                ("low", "mid", "high")[group],
                (10, 20, 20)[group],
                None if i % 10 == 0 else float(x),
                date(2024, 1, 1 + i % 28),
                datetime(2024, 1, 1, i % 24, tzinfo=UTC),
                [float(i % 3), float(i % 4), float(i % 5)],
                group,
            )
        )
    return made


def label(name: str) -> str | None:
    """Return a label for a type, if it has one."""
    kind = MODEL_TYPES[name]
    return "code" if kind.binary else LABELS.get(kind.task.name)


def options(name: str) -> str:
    """Return OPTIONS for a type, with what it needs and small numbers."""
    kind = MODEL_TYPES[name]
    given = [f"MODEL_TYPE = '{name}'"]
    small = {"labelCol": f"'{label(name)}'", "k": "3", "maxIter": "5", "numTrees": "5", "seed": "1"}
    if kind.task.name == "dimensionality_reduction":
        small["k"] = "1"
    small |= {"n_estimators": "5", "random_state": "1"}
    small |= {"initMode": "'random'", **{param: f"'{c}'" for param, c in COLUMNS.items()}}
    given += [f"{o.key} = {small[o.param]}" for o in kind.options if o.param in small]
    return ", ".join(given)


def create(name: str, model: str, extra: str = "") -> str:
    """Return the statement that trains a type on two features."""
    return (
        f"CREATE OR REPLACE MODEL {model} TRANSFORM (vector_assembler(array(x, y)) AS features) "
        f"OPTIONS ({options(name)}{extra}) AS SELECT * FROM conformance"
    )


def arguments(function: TransformFunction) -> dict[str, object]:
    """Return a value for each parameter of a transformer: its default, or one of its kind."""
    return {option.param: _argument(option) for option in function.parameters}


def _argument(option: Option) -> object:
    """Return a default, if it is not too large for a few rows, or a list."""
    if option.param == "selectorType":
        return option.default
    if option.kind is int and option.default is not None:
        return min(option.default, 64)
    if option.default is not None:
        return option.default
    return ARGUMENTS.get(option.param, ARGUMENTS.get(str(option.kind)))


def call(name: str, column: str, made: str) -> str:
    """Return items of TRANSFORM that make a number or a vector of a column."""
    function = TRANSFORMERS[name]
    values = [value for value in arguments(function).values() if value is not None]
    given = "".join(f", {literal(value)}" for value in values)
    kind = {v: k for k, v in COLUMN_OF.items()}[column]
    returns = kind if function.returns == "same" else function.returns
    wraps = {"tokens": "hashing_tf({}, 16)", "string": "string_indexer({})"}
    given = f"{', city' if function.grouped else ''}{given}"
    if returns not in wraps:
        return f"{name}({column}{given}) AS {made}"
    return f"{name}({column}{given}) AS {made}_0, {wraps[returns].format(f'{made}_0')} AS {made}"


def transform(name: str) -> str:
    """Return a TRANSFORM clause that makes features of each kind that a transformer takes."""
    made = [(c, f"made_{i}") for i, c in enumerate(accepted(TRANSFORMERS[name]))]
    items = ", ".join(call(name, column, as_) for column, as_ in made)
    return f"{items}, vector_assembler(array({', '.join(as_ for _, as_ in made)}, x)) AS features"


def accepted(function: TransformFunction) -> list[str]:
    """Return a column of each kind that a transformer takes."""
    return [COLUMN_OF[kind] for kind in function.accepts]


def refused(function: TransformFunction) -> list[str]:
    """Return a column of each kind that it does not take."""
    return [column for kind, column in COLUMN_OF.items() if kind not in function.accepts]


def boundaries(option: Option) -> list[object]:
    """Return values at, just within and just beyond every bound of an option."""
    if option.kind not in (int, float):
        return [*option.choices, "no such choice"] if option.choices else []
    step = 1 if option.kind is int else 1e-9
    bounds = (option.minimum, option.maximum, option.above, option.below, 0, 1, -1)
    near = [b + d for b in bounds if b is not None for d in (-step, 0, step)]
    values = sorted({option.kind(v) for v in [*near, *option.choices, 2, 5, 100]})
    least, most = option._java() if option.kind is int else (-np.inf, np.inf)
    return [v for v in values if least <= v <= most]


def literal(value: object) -> str:
    """Write a parameter's value as SQL."""
    if isinstance(value, list | tuple):
        return f"array({', '.join(map(literal, value))})"
    return json.dumps(value).replace('"', "'")
