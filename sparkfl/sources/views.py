"""The text of the views over what a reader gives: values of their types, and bad rows aside.

Each row's values are one struct, made by a function of the row: for a column each, Spark's
optimizer would carry the conditions of good rows through every alias, at a cost that doubles with
each.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sparkfl.columns import quote, string_literal
from sparkfl.sources.rules import TextRules
from sparkfl.sources.typed import is_number_type, is_text_type, present, typed

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = ["RECORD", "TextView", "is_number", "messages", "messages_apart", "over"]

Query = Callable[[str], str]

RECORD = "__sparkfl_record"
"""The column of the raw table that has the text of a record that could not be taken apart."""


@dataclass(frozen=True)
class TextView:
    """Rows of text, and what is made of them.

    Parameters
    ----------
    columns : sequence of (str, str)
        Names and types, in SQL.
    rules : TextRules
        How they are read.
    malformed : str
        What is wrong with a record that could not be taken apart.
    apart : bool, default False
        Whether numbers that are none of text, JSON's own, are to be told from texts, because the
        marks of the rules do not hold for them: their columns are read as VARIANT.
    """

    columns: Sequence[tuple[str, str]]
    rules: TextRules
    malformed: str
    apart: bool = False

    def raw_columns(self) -> str:
        """Return the columns of the raw table, as CREATE TABLE takes them."""
        told = [f"{quote(name)} {self._raw_type(type_)}" for name, type_ in self.columns]
        return ", ".join([*told, f"{quote(RECORD)} STRING"])

    def _raw_type(self, type_: str) -> str:
        if self.apart and is_number_type(type_):
            return "VARIANT"
        return "STRING" if is_text_type(type_) else type_

    def good(self, raw: str) -> str:
        """Return the query of the rows that are as they should be."""
        columns = ", ".join(f"t.v.{quote(name)} AS {quote(name)}" for name, _ in self.columns)
        whole = f"{quote(RECORD)} IS NULL AND size(t.why) = 0"
        if self.rules.fail:
            told = string_literal("A row of the source is bad: ")
            why = f"coalesce(array_join(t.why, '; '), {string_literal(self.malformed)})"
            whole = f"IF({whole}, TRUE, raise_error(concat({told}, {why})))"
        return f"SELECT {columns} FROM ({self._parsed(raw)}) WHERE {whole}"

    def bad(self, raw: str) -> str:
        """Return the query of the others: file, reason, and the record."""
        malformed = string_literal(self.malformed)
        return (
            f"SELECT file, IF({quote(RECORD)} IS NULL, array_join(t.why, '; '), {malformed}) AS "
            f"reason, coalesce({quote(RECORD)}, to_json(t.r)) AS record "
            f"FROM ({self._parsed(raw, file=True)}) "
            f"WHERE {quote(RECORD)} IS NOT NULL OR size(t.why) > 0"
        )

    def counted(self, raw: str) -> str:
        """Return the query of how many rows there are, and how many of them are bad."""
        return (
            f"SELECT count(*) AS rows, count_if({quote(RECORD)} IS NOT NULL OR size(t.why) > 0) AS "
            f"bad_rows FROM ({self._parsed(raw)})"
        )

    def _parsed(self, raw: str, file: bool = False) -> str:
        names = ", ".join(quote(name) for name, _ in self.columns)
        values, reasons = [], []
        for name, type_ in self.columns:
            field, simple = f"r.{quote(name)}", is_text_type(type_)
            variant = self._raw_type(type_) == "VARIANT"
            text = f"CAST({field} AS STRING)" if variant else field
            known = present(text, self.rules)
            value = typed(known, type_, self.rules) if simple else field
            if variant:
                number = typed(known, type_, TextRules())
                value = f"IF({is_number(field)}, {number}, {value})"
            values.append(f"{string_literal(name)}, {value}")
            if simple and type_.strip().upper() not in ("STRING", "TEXT"):
                text = text.replace(field, f"p.{field}")
                known = present(text, self.rules)
                told = f"concat({string_literal(f'{name} ')}, '\\'', {text}, "
                told += string_literal(f"' is no {type_.strip().upper()}") + ")"
                reasons.append(
                    f"IF({known} IS NOT NULL AND p.v.{quote(name)} IS NULL, {told}, NULL)"
                )
        why = f"filter(array({', '.join(reasons)}), w -> w IS NOT NULL)" if reasons else "array()"
        pair = f"named_struct('r', r, 'v', named_struct({', '.join(values)}))"
        told = f"named_struct('r', p.r, 'v', p.v, 'why', {why})"
        return (
            f"SELECT {quote(RECORD)}, {'_metadata.file_path AS file, ' * file}"
            f"transform(transform(array(struct({names})), r -> {pair}), p -> {told})[0] AS t "
            f"FROM {raw}"
        )


def is_number(variant: str) -> str:
    """Return the expression of whether a value of JSON is something else than a text."""
    return f"schema_of_variant({variant}) <> 'STRING'"


def messages(raw: str, columns: Sequence[tuple[str, str]]) -> str:
    """Return the query of the messages of a topic: their values as JSON, or as they are."""
    if not columns:
        return (
            "SELECT CAST(key AS STRING) AS key, CAST(value AS STRING) AS value, topic, partition, "
            f"offset, timestamp FROM {raw}"
        )
    names = ", ".join(f"v.{quote(name)} AS {quote(name)}" for name, _ in columns)
    return (
        f"SELECT {names} FROM ({_of_json(raw, columns)}) "
        f"WHERE v IS NOT NULL AND v.{quote(RECORD)} IS NULL"
    )


def messages_apart(raw: str, columns: Sequence[tuple[str, str]]) -> str:
    """Return the query of the messages that are not JSON of the columns."""
    return (
        "SELECT concat_ws('/', topic, partition, offset) AS file, 'the value is no JSON of the "
        f"columns' AS reason, text AS record FROM ({_of_json(raw, columns)}) "
        f"WHERE v IS NULL OR v.{quote(RECORD)} IS NOT NULL"
    )


def _of_json(raw: str, columns: Sequence[tuple[str, str]]) -> str:
    told = ", ".join(f"{quote(name)} {type_}" for name, type_ in [*columns, (RECORD, "STRING")])
    return (
        "SELECT topic, partition, offset, CAST(value AS STRING) AS text, "
        f"from_json(CAST(value AS STRING), {string_literal(told)}, map('mode', 'PERMISSIVE', "
        f"'columnNameOfCorruptRecord', '{RECORD}')) AS v FROM {raw}"
    )


def over(query: Query, raw: DataFrame) -> DataFrame:
    """Return a query over what a reader gives, as a frame."""
    text = query("\0").replace("{", "{{").replace("}", "}}").replace("\0", "{raw}")
    return raw.sparkSession.sql(text, args=None, raw=raw)
