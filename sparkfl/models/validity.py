"""Which training rows can be used, and how many cannot, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from sparkfl.errors import SchemaError
from sparkfl.models.extras import EXTRAS
from sparkfl.models.inputs import Inputs
from sparkfl.models.names import LABEL, VALID, WEIGHT
from sparkfl.models.pipeline import FeaturePipeline
from sparkfl.models.settings import Settings

__all__ = ["check_rows", "is_valid"]

_LARGEST = 1e150
"""Values up to here have squares, and sums of them, that are finite."""


def check_rows(
    rows: DataFrame, pipeline: FeaturePipeline, given: Settings
) -> tuple[FeaturePipeline, int]:
    """Count rows and valid ones in one job, and find what takes the place of values missing."""
    inputs = pipeline.inputs
    imputed = inputs.imputations()
    measured = rows.agg(
        F.count(F.lit(1)),
        F.count_if(F.col(VALID) & inputs.valid()),
        F.max(inputs.largest()),
        F.max(F.col(WEIGHT)) if "weightCol" in given.columns else F.lit(None),
        *[aggregate for _, aggregate in imputed],
    ).first()
    assert measured is not None
    count, valid, largest, heaviest, *values = measured
    if valid == 0 or (valid < count and given.handleInvalid != "skip"):
        wrong = _wrong(rows, inputs, given) if count else {}
        _refuse(count, valid, wrong, given)
    if largest and largest > _LARGEST:
        _refuse_large(rows, inputs)
    if "weightCol" in given.columns and not heaviest:
        raise SchemaError(
            f"{given.names['weightCol']} = {given.columns['weightCol']!r} is 0 in every row: there "
            "is nothing to train on. Give weights above 0."
        )
    empty = [name for (name, _), value in zip(imputed, values, strict=True) if value is None]
    if empty:
        raise SchemaError(
            f"Column {', '.join(dict.fromkeys(empty))} has no value that can be used, so none to "
            "put in the place of NULL; leave it out of the query."
        )
    return replace(pipeline, inputs=inputs.imputed(values)), valid


def is_valid(param: str) -> Column:
    """Return whether the column that an option names can be used in a row."""
    if param == "labelCol":
        return F.col(LABEL).isNotNull()
    extra = EXTRAS[param]
    if param == "offsetCol":
        return F.lit(True)
    return F.coalesce(extra.valid(F.col(extra.column)), F.lit(False))


def _wrong(rows: DataFrame, inputs: Inputs, given: Settings) -> dict[str, int]:
    """Count, by column, the rows that it makes invalid: of 200 columns, 200 aggregates."""
    invalid = inputs.invalid()
    extras = {param: ~is_valid(param) for param in given.columns}
    names = [inputs.columns[place].name for place in invalid]
    names += [f"{given.columns[p]} ({given.names[p]})" for p in extras]
    if not names:
        return {}
    counts = rows.agg(*[F.count_if(c) for c in (*invalid.values(), *extras.values())]).first()
    assert counts is not None
    return {name: n for name, n in zip(names, counts, strict=True) if n}


def _refuse(rows: int, valid: int, wrong: Mapping[str, int], given: Settings) -> None:
    """Refuse to train without rows, or with invalid ones that are not to be left out."""
    if rows == 0:
        split = given.split
        what = f", as DATA_SPLIT_METHOD = '{split.method}' holds all out" if split else ""
        raise SchemaError(
            f"The training query gives no rows{what}; check its FROM and WHERE"
            f"{', and DATA_SPLIT_*' if split else ''}."
        )
    listed = ", ".join(f"{name}: {n} of {rows} rows" for name, n in wrong.items())
    what = (
        "NULL, NaN or infinite values, or weights below 0, in"
        if "weightCol" in given.columns
        else "NULL, NaN or infinite values, or such as are neither 0 nor 1, in"
        if "censorCol" in given.columns
        else "NULL, NaN or infinite values in"
    )
    if wrong and given.handleInvalid != "skip":
        raise SchemaError(
            f"{what} {listed}. Filter or replace them in the query, or leave such rows out by "
            "OPTIONS(HANDLE_INVALID = 'skip')."
        )
    if valid == 0:
        raise SchemaError(
            f"{what} {listed}: no row is left to train on. Replace them in the query."
        )


def _refuse_large(rows: DataFrame, inputs: Inputs) -> None:
    """Refuse values whose squares, or sums of them, are no finite numbers, by their columns."""
    sizes = {column.name: inputs.size(place) for place, column in enumerate(inputs.columns)}
    known = [F.max(size).alias(str(i)) for i, size in enumerate(sizes.values())]
    largest = rows.agg(*known).first()
    assert largest is not None
    listed = [
        f"{n} up to {x:.0e}" for n, x in zip(sizes, largest, strict=True) if x and x > _LARGEST
    ]
    raise SchemaError(
        f"The squares of {', '.join(listed)} are no finite numbers. Divide the column, or take its "
        "logarithm, in the query."
    )
