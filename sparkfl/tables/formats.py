"""Formats of tables, and which one a file's name tells."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

__all__ = ["FORMATS", "READABLE", "Format", "format_of"]


@dataclass(frozen=True)
class Format:
    """How files of a format are read.

    Parameters
    ----------
    reader : str
        Spark's name of the format.
    options : dict of str to str
        Options of Spark's reader.
    endings : tuple of str
        Endings of file names that tell the format.
    """

    reader: str
    options: dict[str, str] = field(default_factory=dict)
    endings: tuple[str, ...] = ()


_STRICT = {"mode": "FAILFAST"}
_CSV = {
    **_STRICT,
    "header": "true",
    "inferSchema": "true",
    # A quote inside quotes is doubled (RFC 4180); a backslash is a character like any other.
    "escape": '"',
    # With pruning, Spark does not see that a record has more fields than the header.
    "columnPruning": "false",
}

FORMATS = {
    "csv": Format("csv", _CSV, ("csv",)),
    "tsv": Format("csv", {**_CSV, "sep": "\t"}, ("tsv",)),
    "json": Format("json", _STRICT, ("json", "jsonl", "ndjson")),
    "orc": Format("orc", endings=("orc",)),
    "parquet": Format("parquet", endings=("parquet",)),
    "delta": Format("delta"),
}
"""Formats that can be read. Delta is told by the log in its folder, not by an ending."""

_COMPRESSED = re.compile(r"\.(gz|bz2|zst|zstd|lz4|snappy|deflate)$", re.IGNORECASE)
_BY_ENDING = {ending: name for name, each in FORMATS.items() for ending in each.endings}

READABLE = f"{', '.join('.' + ending for ending in _BY_ENDING)} (text also as .gz, .bz2 or .zst)"
"""Endings of the files that can be read, for messages."""


def format_of(file: str) -> str | None:
    """Tell the format of a file by the ending of its name; None for another ending.

    Examples
    --------
    >>> format_of("/shop/Features.CSV.gz"), format_of("part-0.c000.snappy.parquet")
    ('csv', 'parquet')
    >>> format_of("features.xlsx"), format_of("features")
    (None, None)
    """
    stem, dot, ending = _COMPRESSED.sub("", file.rstrip("/")).rpartition(".")
    return _BY_ENDING.get(ending.lower()) if stem and dot else None
