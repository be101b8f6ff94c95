"""How a source is read: options of Spark's reader, columns, and the views over what it gives."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from sparkfl.columns import quote
from sparkfl.errors import ParameterError, SparkflError, StorageError
from sparkfl.sources.definition import SourceDefinition
from sparkfl.sources.failure import failure
from sparkfl.sources.inference import inferred_types
from sparkfl.sources.kind import Kind, translated
from sparkfl.sources.kinds import TEXT, kind_of
from sparkfl.sources.rules import RULES, text_rules
from sparkfl.sources.secrets import hidden, is_secret
from sparkfl.sources.views import RECORD, Query, TextView, messages, messages_apart, over
from sparkfl.tables.attempt import attempt
from sparkfl.tables.text import look_at_text

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, DataFrameReader, SparkSession

__all__ = ["Reading", "reading", "shown", "text_view"]

_logger = logging.getLogger(__name__)
_MALFORMED = {
    "csv": "the record has more or fewer fields than the header, or a quote that is not closed",
    "json": "the record is no JSON object",
}


@dataclass(frozen=True)
class Reading:
    """How a source is read.

    Attributes
    ----------
    kind : Kind
        What reads it.
    options : dict of str to str
        Options of Spark's reader.
    raw_columns : str
        Columns that the reader is told.
    good, bad : callable or None
        From the name of what the reader gives to the query of the rows, and of those kept aside.
    counted : tuple of (int, int) or None
        Rows and bad rows, where they are counted.
    columns : sequence of (str, str)
        Names and types that `good` makes.
    """

    kind: Kind
    options: dict[str, str]
    raw_columns: str = ""
    good: Query | None = None
    bad: Query | None = None
    counted: tuple[int, int] | None = None
    columns: Sequence[tuple[str, str]] = ()


def reading(spark: SparkSession, name: str, definition: SourceDefinition) -> Reading:
    """Find out how a source is read; it has to be there, with what Spark needs for it.

    Raises
    ------
    ParameterError
        If an option or a column cannot be.
    StorageError
        If it cannot be read.
    """
    kind, given = kind_of(definition.kind, definition.options, name)
    rules = {key: given.pop(key) for key in RULES if key in given}
    if rules and kind.name not in TEXT:
        raise ParameterError(
            f"{', '.join(rules)}: USING {kind.name} has values of types; only csv, tsv and json "
            "are read by rules of text."
        )
    if definition.columns and not kind.takes_columns:
        raise ParameterError(
            f"USING {kind.name} knows its columns; leave those of {name!r} out, or make a view "
            "over the source."
        )
    options = translated(kind, given, name)
    try:
        with attempt():
            if kind.name in TEXT:
                return _text(spark, name, kind, options, definition, rules)
            if kind.name == "kafka":
                return _topic(spark, kind, options, definition)
            columns = ", ".join(f"{quote(n)} {t}" for n, t in definition.columns)
            reader = spark.read.format(kind.provider).options(**options)
            frame = (reader.schema(columns) if columns else reader).load()
            _ = frame.schema  # Spark Connect looks at it only now.
    except SparkflError:
        raise
    except Exception as error:  # noqa: BLE001
        raise failure(error, name, kind, options) from None
    return Reading(kind, options, columns)


def text_view(
    kind: Kind, columns: Sequence[tuple[str, str]], given: Mapping[str, object]
) -> TextView:
    """Return what is made of the texts of a kind.

    Parameters
    ----------
    kind : Kind
        Of `TEXT`.
    columns : sequence of (str, str)
        Names and types.
    given : mapping of str to object
        Options that are rules.

    Raises
    ------
    ParameterError
        If a rule cannot be.
    """
    rules = text_rules(given)
    apart = kind.provider == "json" and rules.own_marks
    return TextView(columns, rules, _MALFORMED[kind.provider], apart)


def shown(definition: SourceDefinition) -> dict[str, str]:
    """Return the options of a source with stars for what is secret.

    Examples
    --------
    >>> shown(SourceDefinition("jdbc", {"USER": "ann", "PASSWORD": "geheim"}))
    {'USER': 'ann', 'PASSWORD': '********'}
    """
    told = {}
    for key, value in definition.options.items():
        text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        told[key] = "********" if is_secret(key) else hidden(text)
    return told


def _topic(
    spark: SparkSession, kind: Kind, options: dict[str, str], definition: SourceDefinition
) -> Reading:
    """Read the messages of topics."""
    _ = spark.read.format(kind.provider).options(**options).load().schema
    columns = definition.columns
    bad = partial(messages_apart, columns=columns) if columns else None
    return Reading(kind, options, "", partial(messages, columns=columns), bad, None, columns)


def _text(
    spark: SparkSession,
    name: str,
    kind: Kind,
    options: dict[str, str],
    definition: SourceDefinition,
    given: dict[str, object],
) -> Reading:
    """Read rows of text."""
    view = text_view(kind, definition.columns, given)
    options = {**options, **_layout(spark, kind, options)}
    reader = spark.read.format(kind.provider).options(**options)
    columns = list(definition.columns)
    if not columns:
        found = reader.option("primitivesAsString", "true").load()
        columns = [
            (field.name, field.dataType.simpleString())
            for field in found.schema.fields
            if field.name != RECORD
        ]
    if not columns:
        raise StorageError(f"The source {name} has no columns: its files are empty.")
    if not definition.columns:
        columns = _inferred(reader, view, columns)
    view = replace(view, columns=columns)
    rows = reader.schema(view.raw_columns()).load()
    counted = _counted(rows, view)
    if view.rules.fail and counted[1]:
        raise StorageError(
            f"{counted[1]} of {counted[0]} rows of the source {name} are bad. BAD_ROWS = 'aside' "
            "keeps them in a view of their own, with the reason."
        )
    if counted[1]:
        _logger.warning(
            "%d of %d rows of the source %s are bad, and kept aside in %s_bad_rows.",
            *(counted[1], counted[0], name, name),
        )
    return Reading(kind, options, view.raw_columns(), view.good, view.bad, counted, columns)


def _inferred(
    reader: DataFrameReader, view: TextView, columns: Sequence[tuple[str, str]]
) -> list[tuple[str, str]]:
    """Find the types of the columns of text."""
    texts = [name for name, type_ in columns if type_ == "string"]
    if not texts:
        return list(columns)
    # Each may turn out to be of numbers, and is read as one of them.
    as_read = replace(view, columns=[(n, "DOUBLE" if n in texts else t) for n, t in columns])
    whole = reader.schema(as_read.raw_columns()).load().where(f"{quote(RECORD)} IS NULL")
    types = dict(zip(texts, inferred_types(whole, texts, view.rules, view.apart), strict=True))
    return [(name, types.get(name, type_)) for name, type_ in columns]


def _counted(rows: DataFrame, view: TextView) -> tuple[int, int]:
    """Count rows and bad rows in one pass."""
    row = over(view.counted, rows).first()
    assert row is not None
    return int(row.rows), int(row.bad_rows)


def _layout(spark: SparkSession, kind: Kind, options: dict[str, str]) -> dict[str, str]:
    """Return what follows from the files themselves, and how broken records are kept."""
    told = {"mode": "PERMISSIVE", "columnNameOfCorruptRecord": RECORD}
    if kind.provider == "csv":
        told |= {"columnPruning": "false", "inferSchema": "false"}
    if "encoding" in options:
        return {**told, "multiLine": options.get("multiLine", "true")}
    text = look_at_text(spark, options["path"])
    if kind.provider == "json":
        return {**told, "multiLine": options.get("multiLine", str(text.header.startswith("[")))}
    if options["header"] == "true":
        text.check_headers()
    if "sep" not in options and ";" in text.header and "," not in text.header:
        told["sep"] = ";"
    return {**told, "multiLine": options.get("multiLine", str(text.open_quotes))}
