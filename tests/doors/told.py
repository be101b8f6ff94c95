"""What a door said to a statement, and when two doors said the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field

_NUMBER = re.compile(r"-?\d+\.\d+(?:[eE][-+]?\d+)?|-?\d+[eE]-\d+|\bnan\b|\binf\b")
_RULES: Mapping[str, re.Pattern[str]] = {
    "<id>": re.compile(
        r"\b[0-9a-f]{32}\b|\b[0-9a-f]{64}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"
    ),
    "<time>": re.compile(r"\b20\d\d-\d\d-\d\d[ T]\d\d:\d\d:\d\d(?:\.\d+)?"),
    "<home>": re.compile(r"(?:sqlite:///|file:)?/\S*/home-\w+|/\S+(?=/\.sparkfl/)"),
    "<invitation>": re.compile(r"sparkfl-invitation-1\.[\w-]+(?!')"),
}
_VOLATILE = ("run_id", "created_at", "creation_time", "duration_ms", "training_seconds")
"""Columns, and facts of DESCRIBE, that differ from one training to the next."""


@dataclass(frozen=True)
class Told:
    """Columns, lines of rows and, where they are known, types; or an error; and after how long."""

    columns: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    types: list[str] | None = None
    error: str = ""
    condition: str = ""
    seconds: float = 0.0

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def from_json(cls, line: str) -> Told:
        return cls(**json.loads(line))

    def same(self) -> Told:
        """Return it without what no two runs have alike, the rows in an order of their own."""
        if self.error:
            return Told(error=_plain(_summary(self.error)), condition="")
        rows = sorted(map(_plain, map(self._steady, self.rows)))
        return Told(self.columns, rows, self.types)

    def _steady(self, row: str) -> str:
        values = row.split("\t")
        if len(values) != len(self.columns):
            return row
        fact = values[0] if self.columns[0] == "info_name" else ""
        # A client's environment has packages of its own.
        if fact in _VOLATILE or fact.startswith("library."):
            return values[0]
        named = zip(self.columns, values, strict=True)
        return "\t".join("*" if name in _VOLATILE else value for name, value in named)


def _summary(error: str) -> str:
    """Return what an error says before its state and place."""
    return re.split(r"\s*SQLSTATE|\n\n|\n== SQL", error.strip())[0].strip()


def _plain(text: str) -> str:
    for name, rule in _RULES.items():
        text = rule.sub(name, text)
    return _NUMBER.sub(_rounded, text)


def _rounded(match: re.Match[str]) -> str:
    value = float(match[0])
    return f"{value + 0.0:.9g}"


def differences(
    told: Mapping[str, list[Told]], statements: list[str], known: Callable[[str, str], bool]
) -> list[str]:
    """Return, for each statement and door that differ from the first door, how."""
    first, *others = told
    found = []
    for place, text in enumerate(statements):
        for door in others:
            expected, other = told[first][place].same(), told[door][place].same()
            if other.types is None:
                expected = Told(expected.columns, expected.rows, None, expected.error)
            if other != expected and not known(door, text):
                own, others_ = _parts(expected, other), _parts(other, expected)
                found.append(f"{text}\n  {first}: {own}\n  {door}: {others_}")
    return found


def _parts(told: Told, other: Told) -> dict[str, object]:
    """Return what was said and not by the other, the rows one by one."""
    parts = {name: part for name, part in asdict(told).items() if part != asdict(other)[name]}
    if "rows" in parts:
        parts["rows"] = [row for row in told.rows if row not in other.rows] or len(told.rows)
    return parts
